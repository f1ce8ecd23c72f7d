// Makes the reference page of the configuration (docs/configuration.md) from the schema. Run as a program, prints it.

import { environmentSections } from "./environment.ts";
import { settingDescriptions } from "./setting.ts";

const HEAD = `<!-- Made from gateway/src/config/environment.ts by \`npm run generate\`: change it there. -->

# Configuration

The gateway is configured by environment variables. All have a default: nothing has to be set to try it. An empty
variable counts as unset. A wrong value stops the start with a message that lists everything that is wrong; a name that
begins with \`TRUNKLINE_\` and is none of these is warned about in the log.
`;

const BOOTSTRAP = `## The bootstrap file

\`TRUNKLINE_BOOTSTRAP\` names a JSON file that is applied at every start. What is missing is made; what exists is left as
it is, also when the file says otherwise. Every id and secret is used as given.

\`\`\`json
{
  "accounts": [
    {
      "sid": "AC0123456789abcdef0123456789abcdef",
      "friendlyName": "Acme",
      "authToken": "00112233445566778899aabbccddeeff",
      "environmentId": "7d9c3a52-6f0e-4f43-9b2a-0f1c5d7e8a90",
      "tenantId": "1f4b8e66-2a77-4d0c-8c55-93b1e7d2f604",
      "resourceOwner": "263458912345678901",
      "phoneNumbers": ["+12025550100", "+12025550101"],
      "apiKeys": [
        { "sid": "SK0123456789abcdef0123456789abcdef", "secret": "32 letters and digits", "friendlyName": "ci" }
      ],
      "accessKeys": [{ "key": "a long random text", "name": "terraform", "role": "owner" }],
      "clients": [{ "clientId": "worker", "clientSecret": "a long random text", "name": "worker", "role": "sender" }]
    }
  ],
  "admins": [{ "email": "admin@example.com", "password": "a passphrase" }]
}
\`\`\`

- Every part may be left out, and so may every id of an account: it is made at random then. An account without \`sid\` is known
  again by its other ids, or else by its \`friendlyName\`.
- An auth token that is left out is made at random and kept in \`credentials.json\` in the data directory (readable by its owner
  only).
- A new account gets a built-in sandbox provider, which is the head of its fallback chain and carries its phone numbers.
- A key or client of the file that was deleted is made again at the next start, unless taken out of the file; the list of keys
  (\`bootstrapped\`) and the dashboard say so.
- Roles: \`owner\` (everything), \`operator\` (providers and messages), \`sender\` (send, and read own messages), \`viewer\` (read).
- \`admins\` act for every account. Other people are invited in the dashboard, under Access. An administrator who was deleted
  there is made again at the next start, unless taken out of the file; a user of that e-mail address is left as they are.
- Unknown keys and wrong values stop the start; the message names each with its path in the file.

Without accounts in the file, or without the file, the first start makes one account with random secrets and two sandbox numbers,
prints the secrets once and keeps them in \`credentials.json\`.
`;

/** The page as Markdown. */
export function describeConfiguration(): string {
  const sections = Object.entries(environmentSections).map(([title, settings]) => {
    const entries = Object.entries(settings).map(([name, schema]) => {
      const description = settingDescriptions.get(schema);
      if (!description) throw new Error(`${name} has no description`);
      const { about, takes, fallback, unset } = description;
      const byDefault = unset === undefined ? `\`${fallback}\`` : unset;
      return `### \`${name}\`\n\n${about}\n\n- Takes: ${takes}\n- Default: ${byDefault}\n`;
    });
    return `## ${title}\n\n${entries.join("\n")}`;
  });
  return [HEAD, ...sections, BOOTSTRAP].join("\n");
}

if (import.meta.main) process.stdout.write(describeConfiguration());
