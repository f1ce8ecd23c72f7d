// Load: a number of clients that each post one message after the other, through outages too. Every second message has an
// Idempotency-Key; only those are repeated when their answer is lost or says "try again", as a careful client does.

import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "undici";
import { processAccount, processAuthorization } from "../support/gateway-process.ts";
import { createLedger, type Ledger, type LedgerEntry, noteCreated } from "./ledger.ts";

export interface LoadOptions {
  /** Gateways on one database; each client uses one until it is in trouble there. */
  readonly urls: readonly string[];
  readonly connections: number;
  /** Pause of a client between two messages. */
  readonly pauseMs: number;
  readonly statusCallback: string;
}

export interface Load {
  readonly ledger: Ledger;
  /** Resolves at the next 201 to a request that is made from now on. */
  nextCreated(): Promise<void>;
  /** Resolves when every request has its answer, or will never have one. */
  stop(): Promise<void>;
  /** Stops at once, for when nobody answers any more; requests may stay without an answer. */
  abandon(): Promise<void>;
}

/** A request that has no answer by then hangs. The gateway promises one within 6 s, and a busy machine takes its time. */
const hangMs = 12_000;
/** How long a repeated request is followed up after the load has been stopped. */
const followUpMs = 60_000;
const retryPauseMs = 25;
const repeatEvery = 20;

interface Client {
  readonly ledger: Ledger;
  readonly pools: readonly Pool[];
  readonly options: LoadOptions;
  /** Told of each 201, with the time at which its request was made. */
  readonly notify: (requestedAt: number) => void;
  /** Which pool it uses. */
  target: number;
  stoppedAt: number | null;
  abandoned: boolean;
}

export function startLoad(options: LoadOptions): Load {
  const ledger = createLedger();
  const waiting = new Set<(requestedAt: number) => void>();
  const notify = (requestedAt: number) => {
    for (const wake of waiting) wake(requestedAt);
  };
  const pools = options.urls.map(
    (url) => new Pool(url, { connections: options.connections, headersTimeout: hangMs, bodyTimeout: hangMs }),
  );
  const clients = Array.from({ length: options.connections }, (_, index): Client => {
    return { ledger, pools, options, notify, target: index, stoppedAt: null, abandoned: false };
  });
  const running = clients.map((client, index) => run(client, index));
  async function stop(): Promise<void> {
    for (const client of clients) client.stoppedAt ??= performance.now();
    await Promise.all(running);
    await Promise.all(pools.map((pool) => pool.destroy()));
  }
  return {
    ledger,
    nextCreated() {
      const since = performance.now();
      return new Promise((resolve) => {
        const wake = (requestedAt: number): void => {
          if (requestedAt < since) return;
          waiting.delete(wake);
          resolve();
        };
        waiting.add(wake);
      });
    },
    stop,
    abandon() {
      for (const client of clients) client.abandoned = true;
      return stop();
    },
  };
}

/** Repeats some of the requests that were answered long ago: each must get the message of the first. */
export async function repeatRequests(options: LoadOptions, ledger: Ledger, count: number): Promise<void> {
  const pools = options.urls.map((url) => new Pool(url, { connections: 1 }));
  const stoppedAt = performance.now();
  const client: Client = { ledger, pools, options, notify: () => undefined, target: 0, stoppedAt, abandoned: false };
  const keyed = ledger.entries.filter((entry) => entry.key !== null && entry.sid !== null);
  const step = Math.max(1, Math.floor(keyed.length / count));
  for (let index = 0; index < keyed.length; index += step) {
    const entry = keyed[index];
    if (entry !== undefined) await deliver(client, entry);
  }
  await Promise.all(pools.map((pool) => pool.destroy()));
}

async function run(client: Client, index: number): Promise<void> {
  for (let count = 0; client.stoppedAt === null; count++) {
    const name = `message ${index}.${count} ${crypto.randomUUID().slice(0, 8)}`;
    const entry: LedgerEntry = {
      body: name,
      to: `+1202556${String((index * 131 + count) % 9000).padStart(4, "0")}`,
      key: (index + count) % 2 === 0 ? name.replaceAll(" ", "-") : null,
      sid: null,
      uncertain: false,
    };
    client.ledger.entries.push(entry);
    await deliver(client, entry);
    if (entry.key !== null && entry.sid !== null && count % repeatEvery === 0) await deliver(client, entry);
    if (client.options.pauseMs > 0) await delay(client.options.pauseMs);
  }
}

/** Posts until there is an answer that settles it; once, without a key. */
async function deliver(client: Client, entry: LedgerEntry): Promise<void> {
  for (;;) {
    const answer = await post(client, entry);
    if (answer === "settled") return;
    entry.uncertain = true;
    if (client.abandoned) return;
    if (client.stoppedAt !== null && performance.now() - client.stoppedAt > followUpMs) {
      client.ledger.violations.push(`no answer for ${followUpMs} ms to ${entry.body}`);
      return;
    }
    // Another gateway may be well, and must give the same answer.
    client.target += 1;
    await delay(retryPauseMs);
    if (entry.key === null) return;
  }
}

async function post(client: Client, entry: LedgerEntry): Promise<"settled" | "unsettled"> {
  const { ledger } = client;
  const startedAt = performance.now();
  let answer: Answer;
  try {
    answer = await request(client, entry);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ECONNREFUSED") ledger.refusedConnections += 1;
    else ledger.lostAnswers += 1;
    if (performance.now() - startedAt >= hangMs) ledger.violations.push(`a request hung (${String(error)})`);
    return "unsettled";
  }
  ledger.slowestMs = Math.max(ledger.slowestMs, performance.now() - startedAt);
  if (answer.status === 503 || answer.status === 429) {
    ledger.putOff += 1;
    const problem = problemOf(answer);
    if (problem !== null) ledger.violations.push(problem);
    return "unsettled";
  }
  const { sid } = answer.json as { readonly sid?: string };
  if (answer.status !== 201 || sid === undefined) {
    ledger.violations.push(`unexpected answer ${answer.status} ${JSON.stringify(answer.json)}`);
    return "settled";
  }
  noteCreated(ledger, entry, sid, answer.replayed);
  client.notify(startedAt);
  return "settled";
}

interface Answer {
  readonly status: number;
  readonly json: unknown;
  readonly retryAfter: string | undefined;
  readonly replayed: boolean;
}

async function request(client: Client, entry: LedgerEntry): Promise<Answer> {
  const pool = client.pools[client.target % client.pools.length];
  if (pool === undefined) throw new Error("there is no gateway to post to");
  const { statusCode, headers, body } = await pool.request({
    method: "POST",
    path: `/2010-04-01/Accounts/${processAccount.sid}/Messages.json`,
    headers: {
      authorization: processAuthorization,
      "content-type": "application/x-www-form-urlencoded",
      ...(entry.key === null ? {} : { "idempotency-key": entry.key }),
    },
    body: new URLSearchParams({
      From: processAccount.phoneNumbers[0],
      To: entry.to,
      Body: entry.body,
      StatusCallback: client.options.statusCallback,
    }).toString(),
  });
  const json = await body.json();
  const retryAfter = headers["retry-after"];
  return {
    status: statusCode,
    json,
    retryAfter: typeof retryAfter === "string" ? retryAfter : undefined,
    replayed: headers["idempotent-replayed"] === "true",
  };
}

/** What is wrong with an answer that asks for another try. */
function problemOf({ status, json, retryAfter }: Answer): string | null {
  const { code } = json as { readonly code?: number };
  if (status === 503 && code !== 20503) return `a 503 with code ${code}`;
  return Number(retryAfter) > 0 ? null : `a ${status} with Retry-After ${retryAfter}`;
}
