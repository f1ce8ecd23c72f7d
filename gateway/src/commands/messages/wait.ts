// The `wait` command: ends when a message has been delivered or has failed, and says which by its exit code.

import type { Command } from "commander";
import { Option } from "commander";
import { withActions } from "../client/actions.ts";
import type { CredentialFlags } from "../credentials.ts";
import { type ExitCode, exitCodes } from "../failure.ts";
import { addConnectionOptions, wholeNumber } from "../options.ts";
import type { Terminal } from "../terminal.ts";
import { printMessage } from "./present.ts";

interface WaitFlags extends CredentialFlags {
  readonly until: "delivered" | "sent";
  readonly timeout: number;
  readonly json?: boolean;
}

const help = `
Examples:
  $ trunkline wait SM0123456789abcdef0123456789abcdef
  $ trunkline wait SM0123456789abcdef0123456789abcdef --until sent --timeout 300 && echo "it is on its way"

Exit codes: 0 delivered (or sent, with --until sent), 1 wrong usage, 2 failed, undelivered or cancelled, or there is no
such message, 3 the gateway cannot be reached or does not accept the credentials, 4 not decided within the time, 130
interrupted (Ctrl-C). Whatever it is, the message goes on without this command.
`;

/** Between looks at first; ever longer. */
const intervalSeconds = 0.5;

const codes = {
  delivered: exitCodes.ok,
  failed: exitCodes.someFailed,
  "timed-out": exitCodes.undecided,
} as const;

export function addWaitCommand(program: Command, terminal: Terminal, finish: (code: ExitCode) => void): void {
  const until = new Option("--until <status>", "sent: that a carrier has taken it is enough");
  const command = program
    .command("wait")
    .description("wait until a message is delivered or has failed")
    .argument("<sid>", "SM… or MM…")
    .addOption(until.choices(["delivered", "sent"]).default("delivered"))
    .option("--timeout <seconds>", "the longest wait", wholeNumber(1, 840), 60)
    .option("--json", "print the message as one line of JSON");
  addConnectionOptions(command)
    .addHelpText("after", help)
    .action(async (sid: string, flags: WaitFlags) => finish(await wait(sid, flags, terminal)));
}

function wait(sid: string, flags: WaitFlags, terminal: Terminal): Promise<ExitCode> {
  const { until, timeout: timeoutSeconds, json = false } = flags;
  return withActions(flags, terminal, async ({ waitForDelivery }, connection) => {
    const delivery = await waitForDelivery(connection, { sid, until, timeoutSeconds, intervalSeconds });
    const { outcome, message, waitedSeconds } = delivery;
    printMessage(message, json, terminal);
    if (outcome === "timed-out") terminal.note(`Still ${message.status} after ${waitedSeconds} s.\n`);
    return codes[outcome];
  });
}
