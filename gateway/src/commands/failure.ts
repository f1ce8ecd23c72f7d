// How a command ends badly: a message for a person and an exit code for a script. Never a stack trace for what the
// user can mend.

/** The exit codes of every command, as `--help` tells them. */
export const exitCodes = {
  ok: 0,
  usage: 1,
  someFailed: 2,
  unreachable: 3,
  undecided: 4,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export interface CommandFailure extends Error {
  readonly exitCode: ExitCode;
}

/** An Error that ends the command with this code. The message says what to do about it. */
export function failure(exitCode: ExitCode, message: string): CommandFailure {
  return Object.assign(new Error(message), { exitCode });
}

export function isCommandFailure(thrown: unknown): thrown is CommandFailure {
  return thrown instanceof Error && "exitCode" in thrown && typeof thrown.exitCode === "number" && !("code" in thrown);
}
