// The `tail` command: messages as they happen.

import type { Command } from "commander";
import { type CredentialFlags, readCredentials } from "../credentials.ts";
import { type ExitCode, exitCodes } from "../failure.ts";
import { addConnectionOptions, collect, wholeNumber } from "../options.ts";
import { onStopSignals, type Terminal } from "../terminal.ts";
import { describeEvent, type EventFilter, matchesFilter, parseEvent } from "./event-line.ts";
import { followEvents } from "./event-stream.ts";

interface TailFlags extends CredentialFlags {
  readonly status?: readonly string[];
  readonly to?: readonly string[];
  readonly json?: boolean;
  readonly count?: number;
}

const help = `
Examples:
  $ trunkline tail                                  everything, as it happens
  $ trunkline tail --status failed --status undelivered
  $ trunkline tail --to +1202 --json | jq .type     JSON, one event per line, for other programs

A lost connection is made again, with the events in between.
Exit codes: 0 --count events were shown, 3 the gateway cannot be reached or does not accept the credentials,
130 interrupted (Ctrl-C).
`;

export function addTailCommand(program: Command, terminal: Terminal, finish: (code: ExitCode) => void): void {
  const command = program
    .command("tail")
    .description("watch messages as they happen")
    .option("--status <status>", "only this status: sent, delivered, failed …; can be repeated", collect)
    .option("--to <number>", "only recipients that begin with this; can be repeated", collect)
    .option("--count <number>", "end after so many events", wholeNumber(1, 1_000_000_000))
    .option("--json", "print each event as one line of JSON");
  addConnectionOptions(command)
    .addHelpText("after", help)
    .action(async (flags: TailFlags) => finish(await tail(flags, terminal)));
}

async function tail(flags: TailFlags, terminal: Terminal): Promise<ExitCode> {
  const credentials = readCredentials(flags, terminal.env);
  const filter: EventFilter = {
    statuses: (flags.status ?? []).map((status) => status.toLowerCase()),
    recipients: flags.to ?? [],
  };
  const end = new AbortController();
  let shown = 0;
  const stopListening = onStopSignals(
    () => end.abort(),
    () => process.exit(exitCodes.interrupted),
  );
  const useColour = terminal.columns() !== null && !terminal.env["NO_COLOR"];
  const onEvent = (data: string): void => {
    const event = parseEvent(data);
    if (end.signal.aborted || event === null || !matchesFilter(event, filter)) return;
    terminal.out(`${flags.json === true ? data.replaceAll("\n", " ") : describeEvent(event, new Date(), useColour)}\n`);
    if (++shown === flags.count) end.abort();
  };
  try {
    await followEvents({
      credentials,
      signal: end.signal,
      onEvent,
      onGap: () => terminal.note("Some events are missing here: more happened than could be passed on.\n"),
      onConnected: () => terminal.note(`Connected to ${credentials.url}.\n`),
      onLost: (reason) => terminal.note(`Connection lost: ${reason}. Trying again ...\n`),
    });
  } finally {
    stopListening();
  }
  return shown === flags.count ? exitCodes.ok : exitCodes.interrupted;
}
