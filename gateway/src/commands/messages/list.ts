// The `messages` command: an account's messages, newest first.

import type { Command } from "commander";
import { withActions } from "../client/actions.ts";
import type { CredentialFlags } from "../credentials.ts";
import { type ExitCode, exitCodes } from "../failure.ts";
import { addConnectionOptions, moment, wholeNumber } from "../options.ts";
import type { Terminal } from "../terminal.ts";
import { printMessage } from "./present.ts";

interface ListFlags extends CredentialFlags {
  readonly to?: string;
  readonly from?: string;
  readonly since?: string;
  readonly until?: string;
  readonly status?: string;
  readonly direction?: string;
  readonly limit: number;
  readonly json?: boolean;
}

const help = `
Examples:
  $ trunkline messages                                   the newest 50
  $ trunkline messages --to +12025550142 --since 2h
  $ trunkline messages --status failed --since 2026-01-31 --json | jq -r .errorCode

--since and --until go by when a message was sent: with them there are none that wait to be sent.
Exit codes: 0 listed (even if there are none), 1 wrong usage, 3 the gateway cannot be reached or does not accept the
credentials, 130 interrupted (Ctrl-C).
`;

export function addMessagesCommand(program: Command, terminal: Terminal, finish: (code: ExitCode) => void): void {
  const command = program
    .command("messages")
    .description("list messages, newest first")
    .option("--to <number>", "only to this recipient")
    .option("--from <sender>", "only from this sender")
    .option(
      "--since <time>",
      "sent then or later: 2026-01-31, 2026-01-31T09:30Z, or an age such as 15m, 2h, 7d",
      moment,
    )
    .option("--until <time>", "sent then or earlier", moment)
    .option("--status <status>", "only this status: queued, sent, delivered, failed …")
    .option("--direction <direction>", "inbound or outbound")
    .option("--limit <number>", "how many at the most", wholeNumber(1, 100_000), 50)
    .option("--json", "print each message as one line of JSON");
  addConnectionOptions(command)
    .addHelpText("after", help)
    .action(async (flags: ListFlags) => finish(await list(flags, terminal)));
}

function list(flags: ListFlags, terminal: Terminal): Promise<ExitCode> {
  const { to, from, since, until, status, direction, limit, json = false } = flags;
  return withActions(flags, terminal, async ({ listMessages }, connection) => {
    const filters = { to, from, dateSentAfter: since, dateSentBefore: until, status, direction };
    const { messages, truncated } = await listMessages(connection, { ...filters, limit });
    for (const message of messages) printMessage(message, json, terminal);
    if (truncated)
      terminal.note(`There may be more than these ${messages.length}: narrow it down, or raise --limit.\n`);
    return exitCodes.ok;
  });
}
