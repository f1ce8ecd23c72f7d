// The `rotate` command: new credentials for a provider, or a new auth token for the account itself, step by step.

import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import { callNativeApi } from "../client/native-client.ts";
import { type CredentialFlags, type Credentials, readCredentials } from "../credentials.ts";
import { type ExitCode, exitCodes, failure } from "../failure.ts";
import { addConnectionOptions, wholeNumber } from "../options.ts";
import { onStopSignals, type Terminal } from "../terminal.ts";

interface RotateFlags extends CredentialFlags {
  readonly own?: boolean;
  readonly overlapHours?: number;
  readonly wait: boolean;
}

interface Rotation {
  readonly id: string;
  readonly state: string;
  readonly reason: string | null;
  readonly steps: readonly { readonly step: string; readonly state: string; readonly detail: string | null }[];
}

interface Provider {
  readonly id: string;
  readonly number: string;
  readonly name: string;
}

const help = `
Examples:
  $ trunkline rotate "Twilio EU"                by name, id or number: new credentials, then the old ones end
  $ trunkline rotate "Twilio EU" --no-wait      starts it and ends
  $ trunkline rotate --own --overlap-hours 48   a new auth token of the account itself; both work for 48 hours

Whatever goes wrong before the old credentials end is rolled back. Ctrl-C ends the watching, not the rotation.
Exit codes: 0 done (or started, with --no-wait and --own), 1 wrong usage, or rolled back or failed, 3 the gateway cannot
be reached or does not accept the credentials, 130 interrupted (Ctrl-C).
`;

const lookEveryMs = 300;

export function addRotateCommand(program: Command, terminal: Terminal, finish: (code: ExitCode) => void): void {
  const command = program
    .command("rotate")
    .argument("[provider]", "the provider's name, id or number")
    .description("rotate a provider's credentials, or the account's own auth token")
    .option("--own", "the account's own auth token")
    .option("--overlap-hours <hours>", "with --own: how long both tokens work (default 168)", wholeNumber(0, 720))
    .option("--no-wait", "start it and end");
  addConnectionOptions(command)
    .addHelpText("after", help)
    .action(async (provider: string | undefined, flags: RotateFlags) => {
      finish(await rotate(provider, flags, terminal));
    });
}

async function rotate(named: string | undefined, flags: RotateFlags, terminal: Terminal): Promise<ExitCode> {
  const credentials = readCredentials(flags, terminal.env);
  if (flags.own === true && named === undefined) return rotateOwn(credentials, flags, terminal);
  if (named === undefined || flags.own === true) {
    throw failure(exitCodes.usage, "Name one provider, or give --own for the account's own auth token.");
  }
  const { id } = await findProvider(credentials, named);
  const started = (await callNativeApi(credentials, "POST", `/providers/${id}/rotate`)) as Rotation;
  terminal.note(`Rotation ${started.id} has started.\n`);
  return flags.wait ? await watch(credentials, started.id, terminal) : exitCodes.ok;
}

async function rotateOwn(credentials: Credentials, flags: RotateFlags, terminal: Terminal): Promise<ExitCode> {
  const overlapSeconds = (flags.overlapHours ?? 168) * 3600;
  const path = `/accounts/${credentials.accountSid}/rotate`;
  const answer = (await callNativeApi(credentials, "POST", path, { overlapSeconds })) as { readonly authToken: string };
  terminal.note(
    "The new auth token works from now on; it is not shown again. The old one works until the overlap ends.\n",
  );
  terminal.out(`${answer.authToken}\n`);
  return exitCodes.ok;
}

async function findProvider(credentials: Credentials, named: string): Promise<Provider> {
  const { providers } = (await callNativeApi(credentials, "GET", "/providers")) as { readonly providers: Provider[] };
  const found = providers.filter(({ id, number, name }) => [id, number, name].includes(named));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const names = providers.map(({ id, name }) => `  ${id}  ${name}`).join("\n");
  const what = found.length === 0 ? `There is no provider "${named}".` : `Several providers are called "${named}".`;
  throw failure(exitCodes.usage, `${what} The account has:\n${names}`);
}

/** Tells of each step as it ends. */
async function watch(credentials: Credentials, id: string, terminal: Terminal): Promise<ExitCode> {
  let interrupted = false;
  const stopListening = onStopSignals(
    () => {
      interrupted = true;
    },
    () => process.exit(exitCodes.interrupted),
  );
  const told = new Set<string>();
  try {
    while (!interrupted) {
      const rotation = (await callNativeApi(credentials, "GET", `/rotations/${id}`)) as Rotation;
      for (const { step, state, detail } of rotation.steps) {
        const line = `${step}: ${state}${detail === null ? "" : ` (${detail})`}`;
        if (state === "pending" || (state === "running" && detail === null) || told.has(line)) continue;
        told.add(line);
        terminal.out(`${line}\n`);
      }
      if (rotation.state === "done") return exitCodes.ok;
      if (rotation.state === "rolled-back" || rotation.state === "failed") {
        terminal.note(`${rotation.state}: ${rotation.reason ?? "no reason was given"}\n`);
        return exitCodes.usage;
      }
      await delay(lookEveryMs);
    }
  } finally {
    stopListening();
  }
  terminal.note("The rotation goes on by itself.\n");
  return exitCodes.interrupted;
}
