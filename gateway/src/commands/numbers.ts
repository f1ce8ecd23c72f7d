// The `numbers` command: what an account may send from.

import type { Command } from "commander";
import { withActions } from "./client/actions.ts";
import type { CredentialFlags } from "./credentials.ts";
import { type ExitCode, exitCodes } from "./failure.ts";
import { withoutControls } from "./message-line.ts";
import { addConnectionOptions } from "./options.ts";
import type { Terminal } from "./terminal.ts";

interface NumbersFlags extends CredentialFlags {
  readonly json?: boolean;
}

const help = `
Examples:
  $ trunkline numbers
  $ trunkline numbers --json | jq -r .phoneNumber

Exit codes: 0 listed (even if there are none), 1 wrong usage, 3 the gateway cannot be reached or does not accept the
credentials.
`;

export function addNumbersCommand(program: Command, terminal: Terminal, finish: (code: ExitCode) => void): void {
  const command = program
    .command("numbers")
    .description("list the account's phone numbers")
    .option("--json", "print each number as one line of JSON");
  addConnectionOptions(command)
    .addHelpText("after", help)
    .action(async (flags: NumbersFlags) => finish(await list(flags, terminal)));
}

function list(flags: NumbersFlags, terminal: Terminal): Promise<ExitCode> {
  return withActions(flags, terminal, async ({ listPhoneNumbers }, connection) => {
    const numbers = await listPhoneNumbers(connection);
    for (const number of numbers) {
      const { phoneNumber, sid, sms, mms, friendlyName } = number;
      const able = [sms ? "sms" : "", mms ? "mms" : ""].filter(Boolean).join(",") || "-";
      const line = withoutControls(`${phoneNumber.padEnd(16)}  ${sid}  ${able.padEnd(7)}  ${friendlyName}`).trimEnd();
      terminal.out(`${flags.json === true ? JSON.stringify(number) : line}\n`);
    }
    if (numbers.length === 0) terminal.note("The account has no phone numbers.\n");
    return exitCodes.ok;
  });
}
