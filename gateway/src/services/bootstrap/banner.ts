// What the gateway prints when it is ready: where it listens, the account, and a command that sends a first message.
// Secrets stand in it only on the start that made them.

import { dirname } from "node:path";
import type { BootstrapResult } from "./apply.ts";

export interface BannerInput {
  /** Where the gateway listens, without a slash at the end. */
  readonly url: string;
  /** Where the dashboard greets with the credentials, once; null: nowhere. */
  readonly welcomeLink?: string | null;
  readonly dataDir: string;
  readonly account: BootstrapResult;
}

/** A handset that no one has: 555-01xx numbers are reserved for examples. */
const EXAMPLE_RECIPIENT = "+12025550142";

/** Several lines, the last with a line end. The command in it works when it is pasted into a POSIX shell. */
export function readyBanner({ url, welcomeLink = null, dataDir, account }: BannerInput): string {
  const { accountSid, phoneNumbers, made, credentialsFile } = account;
  const rows: [string, string][] = [
    ["Dashboard", welcomeLink ?? `${url}/`],
    ...(welcomeLink === null ? [] : [["", "(this link signs in, once, within the hour)"] satisfies [string, string]]),
    ["Account SID", accountSid],
    ...(made ? [["Auth token", made.authToken] satisfies [string, string]] : []),
    ...(made?.accessKey ? [["Access key", made.accessKey] satisfies [string, string]] : []),
    ...(phoneNumbers.length > 0 ? [["Numbers", listed(phoneNumbers)] satisfies [string, string]] : []),
    ...(credentialsFile ? [[made ? "Kept in" : "Secrets in", credentialsFile] satisfies [string, string]] : []),
    ...(credentialsFile && dirname(credentialsFile) === dataDir ? [] : [["Data", dataDir] satisfies [string, string]]),
  ];
  const table = rows.map(([label, value]) => `  ${label.padEnd(13)}${value}`).join("\n");
  const once = made ? "\n\n  The secrets are shown this once." : "";
  return `\n  Trunkline is ready at ${url}\n\n${table}${once}\n${firstMessage(url, account)}\n`;
}

function listed(numbers: readonly string[]): string {
  const more = numbers.length - 4;
  return numbers.slice(0, 4).join("  ") + (more > 0 ? `  and ${more} more` : "");
}

function firstMessage(url: string, account: BootstrapResult): string {
  const [from] = account.phoneNumbers;
  if (from === undefined) return "";
  const address = shellQuoted(`${url}/2010-04-01/Accounts/${account.accountSid}/Messages.json`);
  return `
  Send a first message:

    curl -u ${user(account)} ${address} \\
      --data-urlencode 'From=${from}' --data-urlencode 'To=${EXAMPLE_RECIPIENT}' \\
      --data-urlencode 'Body=Hello from Trunkline'
`;
}

/** On later starts the shell takes the token out of the file; where nothing is kept, curl asks for it. */
function user({ accountSid, made, credentialsFile }: BootstrapResult): string {
  if (made) return `${accountSid}:${made.authToken}`;
  if (!credentialsFile) return accountSid;
  const token = `$(sed -n 's/.*"authToken": "\\([^"]*\\)".*/\\1/p' ${shellQuoted(credentialsFile)})`;
  return `"${accountSid}:${token}"`;
}

function shellQuoted(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
