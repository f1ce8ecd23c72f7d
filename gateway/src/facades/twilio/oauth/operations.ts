// Access tokens as /openapi.json describes them.

import { type Description, fieldsOf, needed, nullable, text, whole } from "../openapi/describe.ts";

export const tokenDescription: Description = {
  tag: "access tokens",
  about: "OAuth 2 client credentials: a bearer token that lives for an hour.",
  schemas: {
    AccessToken: {
      ...fieldsOf(text(), "access_token", "token_type"),
      ...fieldsOf(nullable(text()), "refresh_token", "id_token"),
      expires_in: whole("Seconds."),
    },
  },
  operations: (
    [
      ["/v2/token", 200],
      ["/v1/token", 201],
    ] as const
  ).map(([path, status]) => ({
    ...{ method: "post" as const, path, status, answer: "AccessToken", open: true as const },
    summary: "Get an access token",
    query: { account_sid: text("The client's account, if it is to be checked.") },
    form: {
      grant_type: needed(text("`client_credentials`.")),
      client_id: needed(text("`OQ…`.")),
      client_secret: needed(text()),
    },
  })),
};
