// API keys of iam as /openapi.json describes them.

import {
  collection,
  type Description,
  type Fields,
  fieldsOf,
  item,
  map,
  needed,
  nullable,
  text,
  texts,
} from "../../openapi/describe.ts";

const key: Fields = { ...fieldsOf(text(), "sid", "date_created", "date_updated"), friendly_name: nullable(text()) };
const policy = nullable(map("`{ allow: […] }`; null: a standard key."));
const account = { AccountSid: needed(text()) };
const changes: Fields = {
  FriendlyName: text("1 to 64 characters."),
  Policy: text('`{"allow": ["/twilio/messaging/messages/create", …]}` of a restricted key.'),
};

export const iamKeyDescription: Description = {
  tag: "restricted keys",
  about: "API keys with a policy of what they may do.",
  schemas: {
    ListedIamKey: { ...key, flags: texts() },
    IamKey: { ...key, policy },
    NewIamKey: { ...key, policy, secret: text("Shown here, and never again.") },
  },
  operations: [
    ...collection({
      ...{ path: "/v1/Keys", thing: "a key", answer: "ListedIamKey", created: "NewIamKey", list: "keys" },
      query: account,
      form: { ...account, KeyType: text("`standard` or `restricted`."), ...changes },
    }),
    ...item({ path: "/v1/Keys/{Sid}", thing: "a key", answer: "IamKey", form: changes }),
  ],
};
