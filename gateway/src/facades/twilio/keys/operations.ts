// API keys of v2010 as /openapi.json describes them.

import { collection, type Description, type Fields, fieldsOf, item, nullable, text } from "../openapi/describe.ts";

const base = "/2010-04-01/Accounts/{AccountSid}";
const form: Fields = { FriendlyName: text("1 to 64 characters.") };
const key: Fields = { ...fieldsOf(text(), "sid", "date_created", "date_updated"), friendly_name: nullable(text()) };

export const keyDescription: Description = {
  tag: "keys",
  about: "API keys, under both of their names. A secret is shown once, to who made the key.",
  schemas: { Key: key, NewKey: { ...key, secret: text() } },
  operations: [
    ["Keys", "keys"],
    ["SigningKeys", "signing_keys"],
  ].flatMap(([name = "", list = ""]) => [
    ...collection({
      ...{ path: `${base}/${name}.json`, thing: "a key", answer: "Key", created: "NewKey", list, form },
    }),
    ...item({ path: `${base}/${name}/{Sid}.json`, thing: "a key", answer: "Key", form }),
  ]),
};
