// How a gateway starts and stops, as real processes: a graceful stop under load, a forced one, a second gateway on the
// same data directory, and what an operator is told when it cannot start.

import { mkdtemp, realpath, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CallbackLog, startCallbackLog } from "../crash/callback-log.ts";
import { openEmbedded } from "../crash/embedded.ts";
import { startLoad } from "../crash/load.ts";
import { untilDrained, verify } from "../crash/verify.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import {
  callNative,
  freePort,
  type GatewayProcess,
  isReady,
  processAccount,
  processAuthorization,
  spawnGateway,
  untilReady,
} from "../support/gateway-process.ts";
import { processesIn, processesOf } from "../support/processes.ts";

const masterKey = "00".repeat(32);
const handset = "+12025560142";

let root: string;
let callbacks: CallbackLog;
const running: GatewayProcess[] = [];

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "trunkline-stop-")));
  callbacks = await startCallbackLog();
});

afterEach(async () => {
  for (const gateway of running) gateway.signal("SIGKILL");
  await Promise.all(running.splice(0).map((gateway) => gateway.exited));
  await expect.poll(leftOver).toEqual([]);
  await callbacks.close();
  await rm(root, { recursive: true, force: true });
});

async function start(env: NodeJS.ProcessEnv = {}, port?: number): Promise<GatewayProcess> {
  const gateway = await spawnGateway({ root, port: port ?? (await freePort()), env });
  running.push(gateway);
  return gateway;
}

async function startReady(env: NodeJS.ProcessEnv = {}, port?: number): Promise<GatewayProcess> {
  const gateway = await start(env, port);
  await untilReady(gateway);
  return gateway;
}

/** What runs in the data directory, or on it. */
async function leftOver(): Promise<number[]> {
  return [...(await processesIn(root)), ...(await processesOf(root))];
}

async function send(url: string, body: string): Promise<string> {
  const response = await fetch(`${url}/2010-04-01/Accounts/${processAccount.sid}/Messages.json`, {
    method: "POST",
    headers: { authorization: processAuthorization },
    body: new URLSearchParams({ From: processAccount.phoneNumbers[0], To: handset, Body: body }),
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as { sid: string }).sid;
}

describe("SIGTERM", { timeout: 120_000 }, () => {
  it("under load ends the gateway in time with every request answered, and the next start goes on at once", async () => {
    const first = await startReady();
    const connections = 8;
    const load = startLoad({ urls: [first.url], connections, pauseMs: 2, statusCallback: callbacks.url });
    await load.nextCreated();
    await delay(500);
    first.signal("SIGTERM");
    // A stop that takes longer than it may is one by force: code 1.
    expect(await first.exited).toEqual({ code: 0, signal: null });
    expect(await leftOver()).toEqual([]);
    // Connections that the gateway had not taken yet when the port was closed are reset: one of a client at the most.
    expect(load.ledger.lostAnswers).toBeLessThanOrEqual(connections);
    expect(load.ledger.putOff).toBeGreaterThan(0);

    const second = await startReady({}, Number(new URL(first.url).port));
    await load.nextCreated();
    await load.stop();
    const db = openEmbedded(join(root, "data"));
    try {
      await untilDrained(db, 20_000);
      const findings = await verify({ url: second.url, db, ledger: load.ledger, callbacks });
      expect(findings.violations).toEqual([]);
      // Whatever had no answer was not taken either.
      expect(findings.unanswered).toBe(0);
    } finally {
      await db.close();
    }
  });

  it("twice ends it by force, and leaves no database behind", async () => {
    const gateway = await startReady();
    await slowHandOvers(gateway.url);
    await send(gateway.url, "under way");
    gateway.signal("SIGTERM");
    // npm passes a signal on that the terminal has given already: the second must come a moment later to count.
    await delay(1000);
    gateway.signal("SIGTERM");
    expect(await gateway.exited).toEqual({ code: 1, signal: null });
    expect(gateway.output()).toContain("Stopped by force.");
    await expect.poll(leftOver).toEqual([]);
  });
});

/** Hand-overs take longer than a gateway has for stopping. */
async function slowHandOvers(url: string): Promise<void> {
  await callNative(url, "PUT", "/sandbox/faults", { rules: [{ effect: { type: "latency", ms: 60_000 } }] });
}

describe("a gateway on a shared database", { timeout: 120_000 }, () => {
  let database: TestDatabase;
  let env: NodeJS.ProcessEnv;
  beforeEach(async () => {
    database = await testDatabase();
    env = { DATABASE_URL: database.url, TRUNKLINE_MASTER_KEY: masterKey };
  });
  afterEach(() => database.close());

  it("gives back at SIGTERM what it was handing over, so that the next one sends it at once, and once", async () => {
    const first = await startReady(env);
    await slowHandOvers(first.url);
    const sids = await Promise.all(Array.from({ length: 20 }, (_, index) => send(first.url, `message ${index}`)));
    await expect.poll(() => openAttempts(database), { interval: 10 }).toBe(sids.length);
    first.signal("SIGTERM");
    expect(await first.exited).toEqual({ code: 0, signal: null });

    await database.db.query("delete from sandbox_faults");
    await startReady(env);
    // A claim that was not given back would wait for the end of its lease: half a minute.
    await untilDrained(database.db, 20_000);
    const records = await database.db.query("select 1 from sandbox_messages");
    expect(records).toHaveLength(sids.length);
  });

  it("is not held up at SIGTERM by clients that read or send nothing more", async () => {
    const gateway = await startReady(env);
    const port = Number(new URL(gateway.url).port);
    const sockets = [
      `GET /trunkline/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${processAccount.accessKeys[0].key}\r\n\r\n`,
      `POST /2010-04-01/Accounts/${processAccount.sid}/Messages.json HTTP/1.1\r\nHost: x\r\nAuthorization: ` +
        `${processAuthorization}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nFrom=`,
    ].map((head) => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.pause();
      socket.write(head);
      return socket;
    });
    // Answered after them: the gateway has their heads by now.
    await send(gateway.url, "after them");
    gateway.signal("SIGTERM");
    const exit = await gateway.exited;
    for (const socket of sockets) socket.destroy();
    expect(exit).toEqual({ code: 0, signal: null });
  });

  it("stops when it is told so while it still waits for its database", async () => {
    const unused = new URL(database.url);
    unused.searchParams.set("host", root);
    const gateway = await start({ ...env, DATABASE_URL: unused.href });
    await expect.poll(gateway.output).toContain("waiting for the database");
    gateway.signal("SIGTERM");
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
  });

  it("on a port that is taken says so", async () => {
    const port = Number(new URL(callbacks.url).port);
    const gateway = await start(env, port);
    expect(await gateway.exited).toEqual({ code: 1, signal: null });
    expect(gateway.output()).toContain(`TRUNKLINE_PORT`);
    expect(gateway.output()).toContain(String(port));
  });
});

async function openAttempts({ db }: TestDatabase): Promise<number> {
  return (await db.query("select 1 from attempts where outcome is null")).length;
}

describe("a start that cannot be", { timeout: 120_000 }, () => {
  it("on the data directory of a living gateway is refused with its pid, and the first one is unharmed", async () => {
    const first = await startReady();
    const second = await start();
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(second.output()).toContain(`another gateway (pid ${first.pid}) is running on the data directory`);
    expect(second.output()).toContain("TRUNKLINE_DATA_DIR");
    expect(await isReady(first.url)).toBe(true);
    await send(first.url, "still here");
    first.signal("SIGTERM");
    expect(await first.exited).toEqual({ code: 0, signal: null });
    expect(await leftOver()).toEqual([]);
  });

  it("names every variable that is wrong, what it got and what it takes", async () => {
    const gateway = await start({ TRUNKLINE_PORT: "no port", TRUNKLINE_ROLES: "everything" });
    expect(await gateway.exited).toEqual({ code: 1, signal: null });
    expect(gateway.output()).toContain('TRUNKLINE_PORT: got "no port"; takes a whole number from 0 to 65535');
    expect(gateway.output()).toContain('TRUNKLINE_ROLES: got "everything"');
  });
});
