// Durable accepts: how many requests a second the gateway answers with 201, each after its commit, and the proof that
// what was answered is stored.

import assert from "node:assert/strict";
import type { LoadResult } from "../load/load.ts";
import { runLoad } from "../load/run-load.ts";
import { assertEveryAnswerIsStored } from "./every-answer.ts";
import { type Gateway, startGateway } from "./start.ts";
import { assertSampleMatches, settledCount, untilDrained } from "./stored.ts";

export const CONNECTIONS = 64;
export const WARM_UP_SECONDS = 3;
const MEASURED_FROM = 10_000_000;

export interface AcceptResult extends LoadResult {
  /** Messages stored for this load: what was answered and the few requests that the end of the load cut off. */
  readonly stored: number;
  readonly checkedOneByOne: number;
  readonly sampled: number;
}

/** `roles`: `api` accepts only, `all` sends what it accepts at the same time. */
export async function measureAccept(seconds: number, roles: "api" | "all"): Promise<AcceptResult> {
  const gateway = await startGateway({ roles });
  try {
    await load(gateway, 0, WARM_UP_SECONDS);
    if (roles === "all") await untilDrained(gateway);
    const before = await settledCount(gateway);
    const result = await load(gateway, MEASURED_FROM, seconds);
    const stored = (await settledCount(gateway)) - before;
    const answered = result.answered - result.failed;
    assert.equal(result.failed, 0, "requests failed");
    assert(stored >= answered, `${answered} were answered with 201, but only ${stored} are stored`);
    assert(stored <= answered + CONNECTIONS, `${stored} are stored, but only ${answered} were answered`);
    const sampled = await assertSampleMatches(gateway);
    return { ...result, stored, sampled, checkedOneByOne: await assertEveryAnswerIsStored(gateway) };
  } finally {
    await gateway.stop();
  }
}

function load(gateway: Gateway, firstNumber: number, seconds: number): Promise<LoadResult> {
  const { port, template } = gateway;
  return runLoad({ host: "127.0.0.1", port, template, connections: CONNECTIONS, firstNumber, until: { seconds } });
}
