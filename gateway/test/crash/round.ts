// What both crash tests share: the options of a run, the row of a round, and how the result is printed.

import { callNative } from "../support/gateway-process.ts";
import type { Ledger } from "./ledger.ts";
import type { Findings } from "./verify.ts";

export interface CrashOptions {
  readonly rounds: number;
  readonly connections: number;
  /** Pause of a client between two messages. */
  readonly pauseMs: number;
  readonly random: () => number;
  /** Told of each round when it is over. */
  readonly onRound: (round: Round) => void;
}

export interface Round {
  readonly fault: string;
  /** How long there was load before the fault. */
  readonly afterMs: number;
  /** From the fault until nothing of the dead was left; null: not waited for. */
  readonly goneMs: number | null;
  /** From the start of the process to ready; null: it was not started again. */
  readonly startMs: number | null;
  /** From the fault to the next 201. */
  readonly createdMs: number;
  readonly created: number;
  readonly lostAnswers: number;
  readonly refusedConnections: number;
  readonly putOff: number;
}

export interface CrashResult extends Findings {
  readonly firstStartMs: number;
  readonly drainMs: number;
  readonly repeatedCallbacks: number;
  readonly ledger: Ledger;
}

/** Slow reports: a message that has been handed over looks unfinished for long enough to be killed in that state. */
export const crashEnvironment = { TRUNKLINE_SANDBOX_DELIVERY_MS: "1500" };

/** Every second hand-over takes its time, so that kills find attempts begun and not made, made and not stored. */
export async function slowDownHandOvers(url: string): Promise<void> {
  const rule = { match: { probability: 0.5 }, effect: { type: "latency", ms: 60, jitterMs: 60 } };
  await callNative(url, "PUT", "/sandbox/faults", { rules: [rule] });
}

type Counts = Pick<Round, "created" | "lostAnswers" | "refusedConnections" | "putOff">;

/** What the clients were told since the last call. */
export function countsSince(ledger: Ledger): () => Counts {
  let last: Counts = { created: 0, lostAnswers: 0, refusedConnections: 0, putOff: 0 };
  return () => {
    const { created, lostAnswers, refusedConnections, putOff } = ledger;
    const since = {
      created: created - last.created,
      lostAnswers: lostAnswers - last.lostAnswers,
      refusedConnections: refusedConnections - last.refusedConnections,
      putOff: putOff - last.putOff,
    };
    last = { created, lostAnswers, refusedConnections, putOff };
    return since;
  };
}

export const roundHeader =
  "round  fault                         after ms  gone ms  start ms  next 201 ms    201s  broken  refused    503";

export function presentRound(number: number, round: Round): string {
  const cells: [string | number | null, number][] = [
    [round.afterMs, 8],
    [round.goneMs, 9],
    [round.startMs, 10],
    [round.createdMs, 13],
    [round.created, 8],
    [round.lostAnswers, 8],
    [round.refusedConnections, 9],
    [round.putOff, 7],
  ];
  const numbers = cells.map(([value, width]) => shown(value).padStart(width)).join("");
  return `${String(number).padStart(5)}  ${round.fault.padEnd(28)}${numbers}`;
}

function shown(value: string | number | null): string {
  return typeof value === "number" ? String(Math.round(value)) : (value ?? "-");
}

export function presentResult(result: CrashResult): string {
  const { ledger } = result;
  const keyed = ledger.entries.filter((entry) => entry.key !== null).length;
  return [
    `first start ${Math.round(result.firstStartMs)} ms; queue drained ${Math.round(result.drainMs)} ms after the load ended`,
    `${ledger.entries.length} requests (${keyed} with a key), ${ledger.created} answered with 201, ` +
      `${ledger.replays} replays, slowest answer ${Math.round(ledger.slowestMs)} ms`,
    `${result.messages} messages = ${ledger.created} accepted + ${result.unanswered} stored although the answer was lost`,
    `${result.repeatedCallbacks} callbacks came again, with the token that they had`,
    ...result.violations.map((violation) => `VIOLATION  ${violation}`),
    result.violations.length === 0 ? "PASS: nothing lost, nothing sent twice" : `FAIL: ${result.violations.length}`,
  ].join("\n");
}
