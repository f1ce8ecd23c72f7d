// Credentials of an account as /openapi.json describes them.

import { collection, type Description, fieldsOf, item, needed, nullable, text } from "../../openapi/describe.ts";

const name = { FriendlyName: text("At most 64 characters.") };
const account = { AccountSid: text("The account or a subaccount that gets it.") };
const kinds = [
  ["AWS", { Credentials: needed(text("`<access key id>:<secret access key>`. Never returned.")) }],
  ["PublicKeys", { PublicKey: needed(text("PEM, RSA of 2048 bits: checks signed requests.")) }],
] as const;

export const credentialDescription: Description = {
  tag: "credentials",
  about: "AWS credentials, kept sealed; and public keys, by which signed requests are checked.",
  schemas: {
    Credential: {
      ...fieldsOf(text(), "sid", "account_sid", "date_created", "date_updated", "url"),
      friendly_name: nullable(text()),
    },
  },
  operations: kinds.flatMap(([kind, content]) => [
    ...collection({
      ...{ path: `/v1/Credentials/${kind}`, thing: "a credential", answer: "Credential", list: "credentials" },
      form: { ...content, ...name, ...account },
    }),
    ...item({ path: `/v1/Credentials/${kind}/{Sid}`, thing: "a credential", answer: "Credential", form: name }),
  ]),
};
