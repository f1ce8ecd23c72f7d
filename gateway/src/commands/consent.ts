// The `consent` command: may somebody be written to?

import type { Command } from "commander";
import type { ConsentState } from "../../actions/check-consent.ts";
import { withActions } from "./client/actions.ts";
import type { CredentialFlags } from "./credentials.ts";
import { type ExitCode, exitCodes } from "./failure.ts";
import { withoutControls } from "./message-line.ts";
import { addConnectionOptions } from "./options.ts";
import type { Terminal } from "./terminal.ts";

interface ConsentFlags extends CredentialFlags {
  readonly from?: string;
  readonly region?: string;
  readonly json?: boolean;
}

const help = `
Examples:
  $ trunkline consent +12025550142                        towards any sender of the account
  $ trunkline consent +12025550142 --from +12025550100 && trunkline send --to +12025550142 --body "Hello"

The gateway itself never sends to somebody who has opted out, whether this was asked or not.
Exit codes: 0 opted in, or nothing is known, 1 wrong usage, 2 opted out, 3 the gateway cannot be reached or does not
accept the credentials.
`;

const evidences = {
  "stored-consent": "stored consent",
  keyword: "their message",
  "refused-message": "a refused message",
} as const;

export function addConsentCommand(program: Command, terminal: Terminal, finish: (code: ExitCode) => void): void {
  const command = program
    .command("consent")
    .description("tell whether somebody has opted in or out")
    .argument("<number>", "who would be written to")
    .option("--from <sender>", "towards this number, short code or messaging service (default: any)")
    .option("--region <country>", "the country of a number without a +: US, DE … (default: US)")
    .option("--json", "print it as JSON");
  addConnectionOptions(command)
    .addHelpText("after", help)
    .action(async (contact: string, flags: ConsentFlags) => finish(await check(contact, flags, terminal)));
}

function check(contact: string, flags: ConsentFlags, terminal: Terminal): Promise<ExitCode> {
  const { from: sender, region: defaultRegion, json = false } = flags;
  return withActions(flags, terminal, async ({ checkConsent }, connection) => {
    const state = await checkConsent(connection, { contact, sender, defaultRegion });
    terminal.out(json ? `${JSON.stringify(state)}\n` : `${describe(state)}\n`);
    return state.status === "opted-out" ? exitCodes.someFailed : exitCodes.ok;
  });
}

/** `+12025550142  opted-out  towards +12025550100  (stored consent, 2026-01-31T09:30:00.000Z)` */
function describe({ contact, sender, status, evidence, at, messageSid }: ConsentState): string {
  const towards = sender === null ? "" : `  towards ${sender}`;
  const says = evidence === null ? [] : [evidences[evidence], messageSid, at].filter((part) => part !== null);
  return withoutControls(`${contact}  ${status}${towards}${says.length === 0 ? "" : `  (${says.join(", ")})`}`);
}
