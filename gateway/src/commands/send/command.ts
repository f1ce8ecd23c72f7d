// The `send` command: its options and help.

import type { Command } from "commander";
import { type CredentialFlags, readCredentials } from "../credentials.ts";
import { type ExitCode, exitCodes, failure } from "../failure.ts";
import { addConnectionOptions, collect, exitCodeHelp, seconds, wholeNumber } from "../options.ts";
import type { Terminal } from "../terminal.ts";
import type { MessageDefaults } from "./row-request.ts";
import { sendFile } from "./send-file.ts";
import { sendOne } from "./send-one.ts";

interface SendFlags extends CredentialFlags, MessageDefaults {
  readonly to?: string;
  readonly wait?: boolean;
  readonly timeout: number;
  readonly idempotencyKey?: string;
  readonly csv?: string;
  readonly delimiter?: string;
  readonly concurrency: number;
  readonly failures?: string;
  readonly journal?: string;
  readonly run?: string;
  readonly dryRun?: boolean;
  readonly retryFor: number;
  readonly json?: boolean;
}

const help = `
Examples:
  One message, and what becomes of it:
    $ trunkline send --to +12025550142 --body "Your code is 123456" --wait

  Many, from a CSV file with the columns to, name and code:
    $ trunkline send --csv list.csv --from +12025550100 --body "Hello {{name}}, your code is {{code}}"

  Look first, send nothing:
    $ trunkline send --csv list.csv --dry-run
    $ trunkline send --to +12025550142 --body "Grüße 👋" --dry-run

CSV files:
  UTF-8, the first row names the columns. "to" is needed; body, from, messagingServiceSid, mediaUrl (several with
  spaces between), statusCallback, validityPeriod, sendAt, contentSid, contentVariables, smartEncoded and
  idempotencyKey are used if they are there. A row's own value wins over an option; --body wins over the column, and
  may use any column.

Stopped half-way? Run the same command again:
  Rows that were accepted are in the journal (list.csv.journal) and are skipped, and each row carries an idempotency key
  made of its content and its place in the file, so nothing is sent twice. Rows that fail are written to
  list.failures.csv with the reason: mend them, and send that file. A changed text or sender is another message.
  To send the same file again on purpose, name the run: --run second-reminder.
${exitCodeHelp}`;

export function addSendCommand(program: Command, terminal: Terminal, finish: (code: ExitCode) => void): void {
  const command = program.command("send").description("send one message, or every row of a CSV file");
  addMessageOptions(command);
  addFileOptions(command);
  addConnectionOptions(command)
    .option("--retry-for <seconds>", "how long to try again while the gateway is busy or away", seconds, 120_000)
    .option("--dry-run", "check the message or the file and count segments; send nothing")
    .option("--json", "print results as JSON")
    .addHelpText("after", help)
    .action(async (flags: SendFlags) => finish(await runSend(flags, terminal)));
}

function addMessageOptions(command: Command): void {
  command
    .option("--to <number>", "recipient: +12025550142, whatsapp:+12025550142")
    .option("--from <sender>", "a number, short code or name (default: the account's first number, if known)")
    .option("--service <sid>", "a messaging service, MG…, that picks the sender")
    .option("--body <text>", "the text; with --csv a template, {{column}}")
    .option("--media <url>", "a picture or file; can be repeated", collect)
    .option("--status-callback <url>", "where the gateway reports what becomes of it")
    .option("--validity <seconds>", "give up if it is not sent by then")
    .option("--send-at <time>", "ISO 8601; needs a messaging service")
    .option("--smart-encode", "replace look-alike characters that make a message longer")
    .option("--wait", "wait until it is delivered or failed")
    .option("--timeout <seconds>", "the longest wait", seconds, 60_000)
    .option("--idempotency-key <key>", "the same key with the same message is sent only once");
}

function addFileOptions(command: Command): void {
  command
    .option("--csv <file>", "send a message per row")
    .option("--delimiter <character>", "between fields (default: what the header uses: , ; or tab)")
    .option("--concurrency <number>", "requests under way at once", wholeNumber(1, 512), 32)
    .option("--failures <file>", "where failed rows go (default: list.failures.csv)")
    .option("--journal <file>", "where accepted rows are remembered (default: list.csv.journal)")
    .option("--run <name>", "send the same file once more, as another run");
}

async function runSend(flags: SendFlags, terminal: Terminal): Promise<ExitCode> {
  const {
    csv,
    to,
    wait = false,
    json = false,
    dryRun = false,
    retryFor: retryForMs,
    timeout: timeoutMs,
    idempotencyKey,
  } = flags;
  if (csv === undefined && to === undefined)
    throw failure(exitCodes.usage, "Who is it for? Give --to, or --csv with a file.");
  if (csv !== undefined && to !== undefined) throw failure(exitCodes.usage, "--to and --csv exclude each other.");
  const credentials = readCredentials(flags, terminal.env);
  if (csv === undefined) {
    const key = idempotencyKey === undefined ? {} : { idempotencyKey };
    const options = { to: to ?? "", message: flags, wait, json, dryRun, timeoutMs, retryForMs, ...key };
    return sendOne(options, credentials, terminal);
  }
  if (wait || idempotencyKey !== undefined)
    throw failure(exitCodes.usage, "--wait and --idempotency-key go with --to, not with --csv.");
  const { delimiter, failures, journal, run, concurrency } = flags;
  const optional = { delimiter: delimiter === "\\t" ? "\t" : delimiter, failures, journal, run };
  const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
  return sendFile({ csv, concurrency, retryForMs, dryRun, json, defaults: flags, ...given }, credentials, terminal);
}
