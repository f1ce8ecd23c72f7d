// Numbers to be had as /openapi.json describes them.

import { type Description, fieldsOf, flag, item, map, text } from "../openapi/describe.ts";
import { availableTypes } from "./types.ts";

const base = "/2010-04-01/Accounts/{AccountSid}/AvailablePhoneNumbers";

export const availableNumberDescription: Description = {
  tag: "available numbers",
  about: "Asked by number pickers: the lists are empty, and in the sandbox any valid number can be bought.",
  schemas: {
    Country: { ...fieldsOf(text(), "country", "country_code", "uri"), beta: flag(), subresource_uris: map() },
    Countries: { countries: { type: "array", items: { type: "object" } }, uri: text() },
    AvailablePhoneNumbers: { available_phone_numbers: { type: "array", items: { type: "object" } }, uri: text() },
  },
  operations: [
    { method: "get", path: `${base}.json`, summary: "List countries", status: 200, answer: "Countries" },
    ...item({ path: `${base}/{CountryCode}.json`, thing: "a country", answer: "Country", deletable: false }),
    ...availableTypes.map((type) => ({
      ...({ method: "get", path: `${base}/{CountryCode}/${type}.json`, status: 200 } as const),
      ...{ summary: "List numbers of this type: there are none", answer: "AvailablePhoneNumbers" },
    })),
  ],
};
