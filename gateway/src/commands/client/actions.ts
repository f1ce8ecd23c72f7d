// The command line's way to `trunkline/actions`: a connection for the account that a command acts for, and what goes
// wrong as an exit code. The actions are loaded when a command is run, so that none of the others waits for them.

import type { Connection } from "../../../actions/connection.ts";
import type { ActionErrorKind } from "../../../actions/errors.ts";
import { type CredentialFlags, readCredentials } from "../credentials.ts";
import { type ExitCode, exitCodes, failure } from "../failure.ts";
import { onStopSignals, type Terminal } from "../terminal.ts";

export type Actions = typeof import("../../../actions/index.ts");

const exitCodeOf: Readonly<Record<ActionErrorKind, ExitCode>> = {
  "invalid-input": exitCodes.usage,
  credentials: exitCodes.unreachable,
  "not-found": exitCodes.someFailed,
  refused: exitCodes.someFailed,
  "rate-limited": exitCodes.unreachable,
  unavailable: exitCodes.unreachable,
  "unknown-outcome": exitCodes.unreachable,
  "unexpected-answer": exitCodes.unreachable,
  aborted: exitCodes.interrupted,
};

/** Ctrl-C ends it at once. Rejects with a command failure that has the action's own words. */
export async function withActions(
  flags: CredentialFlags,
  terminal: Terminal,
  run: (actions: Actions, connection: Connection) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { accountSid, secret, url } = readCredentials(flags, terminal.env);
  const actions = await import("../../../actions/index.ts");
  const interrupt = new AbortController();
  const stopListening = onStopSignals(
    () => interrupt.abort(),
    () => process.exit(exitCodes.interrupted),
  );
  try {
    const connection = actions.connect({ accountSid, ...secret, baseUrl: url, signal: interrupt.signal });
    return await run(actions, connection);
  } catch (thrown) {
    if (!(thrown instanceof actions.ActionError)) throw thrown;
    throw failure(exitCodeOf[thrown.kind], thrown.message);
  } finally {
    stopListening();
  }
}
