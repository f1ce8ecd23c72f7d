// How long a person waits: the first start (with a new database), the next one, and a message on an idle gateway.

import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { fill } from "../load/load.ts";
import { type Gateway, makeDataDirectory, startGateway } from "./start.ts";

const IDLE_MESSAGES = 200;
const PAUSE_MS = 25;
const RESTARTS = 3;

export interface StartTimesResult {
  readonly firstStartMs: number;
  /** The median of several. */
  readonly nextStartMs: number;
  /** From just before the request is sent to the sandbox's record of the hand-over. */
  readonly idleP50Ms: number;
  readonly idleP99Ms: number;
}

export async function measureStartTimes(): Promise<StartTimesResult> {
  const data = await makeDataDirectory();
  try {
    const first = await startGateway({ dataDir: data.path });
    const latencies = await measureIdleLatency(first).finally(() => first.stop());
    const restarts: number[] = [];
    while (restarts.length < RESTARTS) {
      const gateway = await startGateway({ dataDir: data.path });
      restarts.push(gateway.readyAfterMs);
      await gateway.stop();
    }
    return {
      firstStartMs: first.readyAfterMs,
      nextStartMs: percentile(restarts, 0.5),
      idleP50Ms: percentile(latencies, 0.5),
      idleP99Ms: percentile(latencies, 0.99),
    };
  } finally {
    await data.remove();
  }
}

// Both ends are read from this machine's clock; the sandbox's end in whole milliseconds.
async function measureIdleLatency(gateway: Gateway): Promise<number[]> {
  const sentAt = new Map<string, number>();
  for (let n = 0; n < IDLE_MESSAGES; n++) {
    const startedAt = performance.timeOrigin + performance.now();
    const response = await fetch(`http://127.0.0.1:${gateway.port}${gateway.template.path}`, {
      method: "POST",
      headers: gateway.template.headers,
      body: fill(gateway.template.body, n),
    });
    const { sid } = (await response.json()) as { sid: string };
    assert.equal(response.status, 201);
    sentAt.set(sid, startedAt);
    await delay(PAUSE_MS);
  }
  const rows = await gateway.sql<{ sid: string; at: Date }>(
    `select 'SM' || replace(message_id::text, '-', '') as sid, created_at as at
     from sandbox_messages where direction = 'to-handset'`,
  );
  assert.equal(rows.length, IDLE_MESSAGES, "messages that the sandbox has not seen, or has seen twice");
  const latencies = rows.map(({ sid, at }) => at.getTime() - (sentAt.get(sid) ?? Number.NaN));
  assert(!latencies.some(Number.isNaN));
  // The first ones pay for the just-in-time compiler and for opening connections.
  return latencies.slice(IDLE_MESSAGES / 4);
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
