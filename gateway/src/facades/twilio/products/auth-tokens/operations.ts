// Auth tokens as /openapi.json describes them.

import { type Description, fieldsOf, flag, text } from "../../openapi/describe.ts";

const quiet = { SuppressEmailNotification: flag("The gateway writes no e-mail.") };
const path = "/v1/AuthTokens";

export const authTokenDescription: Description = {
  tag: "auth tokens",
  about: "Change the auth token without an outage: make a second one, deploy it, promote it.",
  schemas: {
    SecondaryAuthToken: fieldsOf(text(), "account_sid", "secondary_auth_token", "date_created", "date_updated", "url"),
    AuthTokenPromotion: fieldsOf(text(), "account_sid", "auth_token", "date_created", "date_updated", "url"),
  },
  operations: [
    {
      ...{ method: "post", path: `${path}/Secondary`, status: 201, answer: "SecondaryAuthToken", form: quiet },
      summary: "Make a secondary token, valid beside the primary one",
    },
    {
      ...{ method: "delete", path: `${path}/Secondary`, status: 204, query: quiet },
      summary: "Take the secondary token away",
    },
    {
      ...{ method: "post", path: `${path}/Promote`, status: 200, answer: "AuthTokenPromotion", form: quiet },
      summary: "Make the secondary token the primary one; the old one dies at once",
    },
  ],
};
