// The senders of messaging services as /openapi.json describes them.

import {
  collection,
  type Description,
  type Fields,
  fieldsOf,
  item,
  needed,
  nullable,
  text,
  texts,
} from "../../openapi/describe.ts";

const base = "/v1/Services/{ServiceSid}";
const common: Fields = {
  ...fieldsOf(text(), "sid", "account_sid", "service_sid", "url", "date_created", "date_updated"),
  capabilities: texts(),
};
const alpha = needed(text("At most 11 characters, not digits alone."));
const country = { IsoCountryCode: text("ISO 3166-1 alpha-2.") };

interface Kind {
  readonly name: string;
  readonly thing: string;
  readonly answer: string;
  readonly list: string;
  readonly form: Fields;
  readonly query?: Fields;
}

const kinds: readonly Kind[] = [
  {
    ...{ name: "PhoneNumbers", thing: "a number", answer: "ServicePhoneNumber", list: "phone_numbers" },
    form: { PhoneNumberSid: needed(text("`PN…`.")) },
  },
  {
    ...{ name: "ShortCodes", thing: "a short code", answer: "ServiceShortCode", list: "short_codes" },
    form: { ShortCodeSid: needed(text("`SC…`.")) },
  },
  {
    ...{ name: "AlphaSenders", thing: "a name", answer: "ServiceAlphaSender", list: "alpha_senders" },
    form: { AlphaSender: alpha },
  },
  {
    ...{ name: "DestinationAlphaSenders", thing: "a name for a country", answer: "ServiceDestinationAlphaSender" },
    ...{ list: "alpha_senders", form: { AlphaSender: alpha, ...country }, query: country },
  },
];

export const serviceSenderDescription: Description = {
  tag: "senders of services",
  about: "What is in the pool of a messaging service.",
  schemas: {
    ServicePhoneNumber: { ...common, phone_number: text(), country_code: nullable(text()) },
    ServiceShortCode: { ...common, short_code: text(), country_code: nullable(text()) },
    ServiceAlphaSender: { ...common, alpha_sender: text() },
    ServiceDestinationAlphaSender: { ...common, alpha_sender: text(), iso_country_code: text() },
    ServiceChannelSender: {},
  },
  operations: [
    ...kinds.flatMap(({ name, ...kind }) => [
      ...collection({ path: `${base}/${name}`, ...kind }),
      ...item({ path: `${base}/${name}/{Sid}`, thing: kind.thing, answer: kind.answer }),
    ]),
    ...collection({
      ...{ path: `${base}/ChannelSenders`, thing: "a sender of a channel (there are none)" },
      ...{ answer: "ServiceChannelSender", list: "senders" },
    }),
  ],
};
