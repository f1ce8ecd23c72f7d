// Short codes as /openapi.json describes them.

import { collection, type Description, fieldsOf, item, nullable, text } from "../openapi/describe.ts";

const base = "/2010-04-01/Accounts/{AccountSid}/SMS/ShortCodes";
const answer = "ShortCode";

export const shortCodeDescription: Description = {
  tag: "short codes",
  about: "The account's short codes: their names and URLs.",
  schemas: {
    ShortCode: {
      ...fieldsOf(text(), "sid", "account_sid", "api_version", "friendly_name", "short_code", "uri"),
      ...fieldsOf(text(), "sms_method", "sms_fallback_method", "date_created", "date_updated"),
      ...fieldsOf(nullable(text()), "sms_url", "sms_fallback_url"),
    },
  },
  operations: [
    ...collection({
      ...{ path: `${base}.json`, thing: "a short code", answer, list: "short_codes" },
      query: fieldsOf(text(), "FriendlyName", "ShortCode"),
    }),
    ...item({
      ...{ path: `${base}/{Sid}.json`, thing: "a short code", answer, deletable: false },
      form: fieldsOf(
        text(),
        "FriendlyName",
        "ApiVersion",
        "SmsUrl",
        "SmsMethod",
        "SmsFallbackUrl",
        "SmsFallbackMethod",
      ),
    }),
  ],
};
