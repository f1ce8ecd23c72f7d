// Accounts as /openapi.json describes them.

import { collection, type Description, fieldsOf, item, map, text } from "../openapi/describe.ts";

const answer = "Account";

export const accountDescription: Description = {
  tag: "accounts",
  about: "The account, its subaccounts, its balance. For auth tokens: API keys may not.",
  schemas: {
    Account: {
      ...fieldsOf(text(), "sid", "friendly_name", "status", "type", "owner_account_sid", "uri"),
      ...fieldsOf(text(), "date_created", "date_updated"),
      auth_token: text("The primary one."),
      subresource_uris: map(),
    },
    Balance: fieldsOf(text(), "account_sid", "balance", "currency"),
  },
  operations: [
    ...collection({
      ...{ path: "/2010-04-01/Accounts.json", thing: "an account", answer, list: "accounts" },
      query: fieldsOf(text(), "FriendlyName", "Status"),
      form: { FriendlyName: text("1 to 64 characters.") },
    }),
    ...item({
      ...{ path: "/2010-04-01/Accounts/{Sid}.json", thing: "an account", answer, deletable: false },
      form: { FriendlyName: text("1 to 64 characters."), Status: text("`active`, `suspended` or `closed`.") },
    }),
    {
      method: "get",
      path: "/2010-04-01/Accounts/{AccountSid}/Balance.json",
      summary: "Fetch the balance",
      status: 200,
      answer: "Balance",
    },
  ],
};
