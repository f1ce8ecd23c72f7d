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

const ago = /^(\d{1,6})(s|m|h|d)$/;
const secondsIn: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A date or time, or how long ago it was (`90s`, `15m`, `2h`, `7d`), as a date or in ISO 8601. */
export function moment(text: string): string {
  const [, count, unit = ""] = ago.exec(text.trim()) ?? [];
  if (count !== undefined) return new Date(Date.now() - Number(count) * (secondsIn[unit] ?? 0) * 1000).toISOString();
  const isDate = /^\d{4}-\d{2}-\d{2}/.test(text.trim()) && !Number.isNaN(Date.parse(text));
  if (!isDate) throw new InvalidArgumentError("A date, a time or an age is wanted: 2026-01-31, 2026-01-31T09:30Z, 2h.");
  return text.trim();
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
  4    not decided within the time given (wait)
  130  interrupted (Ctrl-C)
`;
