// Geo permissions as /openapi.json describes them.

import { type Description, needed, text, texts } from "../../openapi/describe.ts";

const path = "/v1/Messaging/GeoPermissions";

export const geoPermissionDescription: Description = {
  tag: "geo permissions",
  about: "The countries that the account may write to.",
  schemas: {
    GeoPermissions: {
      permissions: { type: "array", items: { type: "object" }, description: "country_code, type, enabled …" },
    },
  },
  operations: [
    {
      ...{ method: "get", path, status: 200, answer: "GeoPermissions", summary: "List countries" },
      query: { CountryCode: text("Only these, with commas between.") },
    },
    {
      ...{ method: "patch", path, status: 200, answer: "GeoPermissions", summary: "Switch countries on and off" },
      form: { Permissions: needed(texts("JSON objects with country_code, type and enabled.")) },
    },
  ],
};
