// The `serve` command: starts the gateway and stops it on a signal. What the gateway is made of is app.ts's business.

import type { Command } from "commander";
import { type ExitCode, exitCodes } from "./failure.ts";
import { wholeNumber } from "./options.ts";
import { onStopSignals, type Terminal } from "./terminal.ts";

export interface RunningGateway {
  readonly url: string;
  stop(): Promise<void>;
}

/** Rejects when the gateway cannot start; the message is for the operator. `signal` gives up a start that has to wait. */
export type StartGateway = (env: NodeJS.ProcessEnv, signal: AbortSignal) => Promise<RunningGateway>;

interface ServeFlags {
  readonly host?: string;
  readonly port?: number;
  readonly dataDir?: string;
  readonly databaseUrl?: string;
  readonly bootstrap?: string;
}

/** Orchestrators kill after their own grace; ours ends before the shortest usual one. */
const STOP_WITHIN_MS = 14_500;

const help = `
Examples:
  $ trunkline serve                                 everything in one process, data in .trunkline
  $ trunkline serve --port 8080 --data-dir /var/lib/trunkline
  $ DATABASE_URL=postgres://sms@db/sms TRUNKLINE_ROLES=api trunkline serve

Every setting is an environment variable (docs/configuration.md); the options above are shorthands.
SIGTERM or Ctrl-C stops it within 15 s, with nothing lost; a second one stops it at once.

Exit codes: 0 stopped as asked, 1 it could not start, or was stopped by force.
`;

export function addServeCommand(
  program: Command,
  terminal: Terminal,
  start: StartGateway,
  finish: (code: ExitCode) => void,
): void {
  program
    .command("serve")
    .description("run the gateway: API, dispatch, sandbox, dashboard and, unless you bring one, its database")
    .option("--host <address>", "listen on this address (TRUNKLINE_HOST, default 127.0.0.1)")
    .option("--port <number>", "listen on this port (TRUNKLINE_PORT, default 8770)", wholeNumber(0, 65_535))
    .option("--data-dir <directory>", "database, keys and credentials (TRUNKLINE_DATA_DIR, default .trunkline)")
    .option("--database-url <url>", "a PostgreSQL of your own (DATABASE_URL)")
    .option("--bootstrap <file>", "accounts and credentials to start with (TRUNKLINE_BOOTSTRAP)")
    .addHelpText("after", help)
    .action(async (flags: ServeFlags) => finish(await serve(flags, terminal, start)));
}

/** Resolves when the gateway has stopped. */
async function serve(flags: ServeFlags, terminal: Terminal, start: StartGateway): Promise<ExitCode> {
  const asked = Promise.withResolvers<void>();
  const giveUp = new AbortController();
  const stopListening = onStopSignals(
    () => {
      giveUp.abort();
      asked.resolve();
    },
    () => {
      terminal.note("Stopped by force.\n");
      process.exit(exitCodes.usage);
    },
  );
  try {
    const gateway = await start(environmentOf(flags, terminal.env), giveUp.signal);
    await asked.promise;
    return await stop(gateway, terminal);
  } catch (thrown) {
    if (giveUp.signal.aborted) return exitCodes.ok;
    terminal.note(`The gateway could not start. ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
    return exitCodes.usage;
  } finally {
    stopListening();
  }
}

async function stop(gateway: RunningGateway, terminal: Terminal): Promise<ExitCode> {
  const timer = setTimeout(() => {
    terminal.note(
      `The gateway did not stop within ${STOP_WITHIN_MS / 1000} s. Nothing accepted is lost; the next start goes on.\n`,
    );
    process.exit(exitCodes.usage);
  }, STOP_WITHIN_MS);
  try {
    await gateway.stop();
    return exitCodes.ok;
  } catch (thrown) {
    terminal.note(`The gateway stopped with an error: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
    return exitCodes.usage;
  } finally {
    clearTimeout(timer);
  }
}

function environmentOf(flags: ServeFlags, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const given = {
    TRUNKLINE_HOST: flags.host,
    TRUNKLINE_PORT: flags.port?.toString(),
    TRUNKLINE_DATA_DIR: flags.dataDir,
    DATABASE_URL: flags.databaseUrl,
    TRUNKLINE_BOOTSTRAP: flags.bootstrap,
  };
  return { ...env, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}
