// Gateway processes that share one database, and die by kill -9: while three of them work off one queue, and between a
// request to an upstream and its answer. Another gateway is the upstream; its own record is the judge.

import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSealer } from "../../src/core/credentials/seal.ts";
import type { AccountSid } from "../../src/core/ids.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import {
  freePort,
  type GatewayProcess,
  processAccount,
  processAuthorization,
  spawnGateway,
  untilReady,
} from "../support/gateway-process.ts";
import { addProvider, chain, receivedTexts } from "../support/upstreams.ts";

const masterKey = "11".repeat(32);
const accountSid = processAccount.sid as AccountSid;

let root: string;
let database: TestDatabase;
let upstream: TestGateway;
let way: Way;
const running = new Set<GatewayProcess>();

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "trunkline-killed-"));
  [database, upstream] = await Promise.all([testDatabase(), startTestGateway({ dispatch: true })]);
  way = await startWay(upstream.url);
}, 60_000);
afterEach(async () => {
  for (const gateway of running) gateway.signal("SIGKILL");
  await Promise.all([...running].map((gateway) => gateway.exited));
  running.clear();
  await way.close();
  await upstream.stop();
  await database.close();
  await rm(root, { recursive: true, force: true });
}, 60_000);

async function start(): Promise<GatewayProcess> {
  const env = { DATABASE_URL: database.url, TRUNKLINE_MASTER_KEY: masterKey };
  const gateway = await spawnGateway({ port: await freePort(), root, env });
  running.add(gateway);
  await untilReady(gateway);
  return gateway;
}

async function kill(gateway: GatewayProcess): Promise<void> {
  gateway.signal("SIGKILL");
  await gateway.exited;
  running.delete(gateway);
}

/** The account's messages go to the upstream. */
async function addUpstream(): Promise<void> {
  const sealer = createSealer({ keys: [Buffer.from(masterKey, "hex")] });
  const own = { ...upstream, db: database.db, sealer, accountSid };
  const provider = { name: "upstream", baseUrl: way.url, account: upstream };
  await chain(own, await addProvider(own, provider));
}

async function accept(gateway: GatewayProcess, to: string, text: string): Promise<void> {
  const response = await fetch(`${gateway.url}/2010-04-01/Accounts/${accountSid}/Messages.json`, {
    method: "POST",
    headers: { authorization: processAuthorization, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ To: to, Body: text }).toString(),
  });
  if (response.status !== 201) throw new Error(`not accepted: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
}

interface Way {
  readonly url: string;
  /** Answers to requests with this text are kept back, or the requests themselves. */
  hold(text: string, what: "answer" | "request"): void;
  /** How many are kept back. */
  held(): number;
  passAll(): void;
  close(): Promise<void>;
}

async function startWay(target: string): Promise<Way> {
  const holding = new Map<string, "answer" | "request">();
  let held = 0;
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      const body = Buffer.concat(chunks).toString();
      const what = holding.get(new URLSearchParams(body).get("Body") ?? "");
      if (what === "request") return void held++;
      const { authorization = "", "content-type": type = "" } = request.headers;
      const answer = await fetch(`${target}${request.url}`, {
        method: request.method ?? "GET",
        headers: { authorization, ...(type === "" ? {} : { "content-type": type }) },
        ...(request.method === "POST" ? { body } : {}),
      });
      const text = await answer.text();
      if (what === "answer") return void held++;
      response.writeHead(answer.status, { "content-type": "application/json" }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold: (text, what) => holding.set(text, what),
    held: () => held,
    passAll: () => holding.clear(),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** What a dead process held is nobody's until its lease is over, and its requests have surely ended: time is moved there. */
async function passTime(): Promise<void> {
  await database.db.query("update messages set lease_until = null, due_at = now() where due_at is not null");
  const open = "outcome is null or outcome = 'unknown'";
  await database.db.query(`update attempts set started_at = started_at - interval '2 minutes' where ${open}`);
}

async function waiting(): Promise<number> {
  const rows = await database.db.query("select 1 as due from messages where due_at is not null");
  return rows.length;
}

/** Due, and in nobody's hands. */
async function unclaimed(): Promise<number> {
  const rows = await database.db.query(
    "select 1 as due from messages where due_at is not null and lease_until is null",
  );
  return rows.length;
}

/** Everything that the upstream has accepted is with its handsets. */
async function copies(texts: readonly string[]): Promise<number[]> {
  const left = "select 1 as due from messages where due_at is not null";
  await expect.poll(() => upstream.db.query(left), { timeout: 20_000 }).toEqual([]);
  const received = await receivedTexts(upstream);
  return texts.map((text) => received.get(text) ?? 0);
}

describe("kill -9", { timeout: 180_000 }, () => {
  it("of one of three processes on one queue: the others go on, all arrive, none twice", async () => {
    const first = await start();
    await addUpstream();
    const gateways = [first, ...(await Promise.all([start(), start()]))];
    const texts = Array.from({ length: 600 }, (_, n) => `shared ${n}`);
    let next = 0;
    const [victim, ...others] = gateways;
    const sending = others.flatMap((gateway) =>
      Array.from({ length: 4 }, async () => {
        while (next < texts.length) {
          const n = next++;
          await accept(gateway, `+1202556${String(n).padStart(4, "0")}`, `shared ${n}`);
        }
      }),
    );
    await expect.poll(async () => (await receivedTexts(upstream)).size, { timeout: 30_000 }).toBeGreaterThan(100);
    if (victim !== undefined) await kill(victim);
    await Promise.all(sending);
    // What is left then is in the hands of the dead one alone: the others end what they have begun.
    await expect.poll(unclaimed, { interval: 50, timeout: 30_000 }).toBe(0);
    for (const gateway of others) gateway.signal("SIGTERM");
    expect(await Promise.all(others.map((gateway) => gateway.exited))).toEqual(
      others.map(() => ({ code: 0, signal: null })),
    );
    await passTime();
    await start();
    await expect.poll(waiting, { interval: 50, timeout: 30_000 }).toBe(0);
    expect((await copies(texts)).filter((count) => count !== 1)).toEqual([]);
  });

  it("between a request and its answer: what the upstream has is adopted, what it has not is sent, each once", async () => {
    const [taken, notTaken] = ["taken, not answered", "never arrived"];
    const first = await start();
    await addUpstream();
    way.hold(taken, "answer");
    way.hold(notTaken, "request");
    await accept(first, "+12025570001", taken);
    await accept(first, "+12025570002", notTaken);
    await expect.poll(way.held, { timeout: 20_000 }).toBe(2);
    await kill(first);
    way.passAll();
    await passTime();
    await start();
    await expect.poll(waiting, { interval: 50, timeout: 30_000 }).toBe(0);
    expect(await copies([taken, notTaken])).toEqual([1, 1]);
    const outcomes = await database.db.query(
      `select m.body, a.outcome from attempts a join messages m on m.account_id = a.account_id and m.id = a.message_id
       order by m.body, a.attempt`,
    );
    expect(outcomes).toEqual([
      { body: notTaken, outcome: "lost" },
      { body: notTaken, outcome: "accepted" },
      { body: taken, outcome: "adopted" },
    ]);
  });
});
