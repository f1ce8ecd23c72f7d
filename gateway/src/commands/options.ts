// Option values as people type them, turned into what commands work with; a wrong one is told with what is right.

import type { Command } from "commander";
import { InvalidArgumentError } from "commander";

/** A parser for whole numbers from `min` to `max`. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text.trim()) || value < min || value > max) {
      throw new InvalidArgumentError(`A whole number from ${min} to ${max} is wanted.`);
    }
    return value;
  };
}

/** Seconds, fractions too, as milliseconds. */
export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError("A number of seconds is wanted.");
  return value * 1000;
}

/** For options that may be given several times. */
export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

/** The options with which every command that calls the gateway finds it. */
export function addConnectionOptions(command: Command): Command {
  return command
    .option("--url <url>", "the gateway (or TRUNKLINE_URL; default http://127.0.0.1:8770)")
    .option("--account <sid>", "account SID, AC… (or TRUNKLINE_ACCOUNT_SID)")
    .option("--token <token>", "its auth token (or TRUNKLINE_AUTH_TOKEN)");
}

export const exitCodeHelp = `
Exit codes:
  0    all accepted
  1    wrong usage, configuration or file
  2    some messages were refused or failed
  3    the gateway cannot be reached or does not accept the credentials
  130  interrupted (Ctrl-C)
`;
