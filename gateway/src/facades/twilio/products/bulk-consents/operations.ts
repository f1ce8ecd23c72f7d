// Bulk consents and contacts as /openapi.json describes them.

import { type Description, needed, texts } from "../../openapi/describe.ts";

const items = (keys: string) => ({ Items: needed(texts(`At most 25 JSON objects with ${keys}.`)) });

export const consentDescription: Description = {
  tag: "consents and contacts",
  about: "Who may be written to, and where they are. Each item has its own result, in the order of the request.",
  schemas: {
    BulkResult: {
      items: { type: "array", items: { type: "object" }, description: "correlation_id, error_code, error_messages." },
    },
  },
  operations: [
    {
      ...{ method: "post", path: "/v1/Consents/Bulk", status: 201, answer: "BulkResult" },
      summary: "Tell the gateway of consents and opt-outs",
      form: items("contact_id, correlation_id, sender_id, status, source and, if known, date_of_consent"),
    },
    {
      ...{ method: "post", path: "/v1/Contacts/Bulk", status: 201, answer: "BulkResult" },
      summary: "Tell the gateway where contacts are",
      form: items("contact_id, correlation_id, country_iso_code, zip_code"),
    },
  ],
};
