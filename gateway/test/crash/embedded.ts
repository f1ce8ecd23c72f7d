// One gateway with its embedded database, killed round after round under load: the process, the database's processes,
// the guardian between them, or several at once.

import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import { openDatabase } from "../../src/store/connect.ts";
import type { Database } from "../../src/store/database.ts";
import { freePort, type GatewayProcess, spawnGateway, untilReady } from "../support/gateway-process.ts";
import { childrenOf, processesIn, processesOf } from "../support/processes.ts";
import { repeatedCallbacks, startCallbackLog } from "./callback-log.ts";
import { repeatRequests, startLoad } from "./load.ts";
import {
  type CrashOptions,
  type CrashResult,
  countsSince,
  crashEnvironment,
  type Round,
  slowDownHandOvers,
} from "./round.ts";
import { untilDrained, verify } from "./verify.ts";

export type EmbeddedFault =
  | "gateway"
  | "gateway, started at once"
  | "gateway and database"
  | "gateway and guardian"
  | "database"
  | "guardian";

/** Mostly what happens most; a database alone, and what lies between, now and then. */
const usualFaults: readonly EmbeddedFault[] = [
  "gateway",
  "gateway, started at once",
  "database",
  "gateway",
  "gateway and database",
  "gateway",
  "guardian",
  "gateway, started at once",
  "gateway",
  "gateway and guardian",
];

export interface EmbeddedCrashOptions extends CrashOptions {
  /** An empty directory. */
  readonly root: string;
  readonly faults?: readonly EmbeddedFault[];
}

const goneWithinMs = 5000;
const drainWithinMs = 180_000;
const repeated = 200;

export async function crashEmbedded(options: EmbeddedCrashOptions): Promise<CrashResult> {
  const { root, random, faults = usualFaults } = options;
  const dataDir = join(root, "data");
  const port = await freePort();
  const callbacks = await startCallbackLog();
  const start = () => startTimed(port, root);
  let { gateway, startMs } = await start();
  const firstStartMs = startMs;
  await slowDownHandOvers(gateway.url);
  const loadOptions = { ...options, urls: [gateway.url], statusCallback: callbacks.url };
  const load = startLoad(loadOptions);
  const counts = countsSince(load.ledger);
  let db: Database | undefined;
  try {
    for (let index = 0; index < options.rounds; index++) {
      const fault = faults[index % faults.length] ?? "gateway";
      const afterMs = 200 + random() * 1800;
      await delay(afterMs);
      const faultAt = performance.now();
      await inject(fault, gateway, dataDir);
      let goneMs: Round["goneMs"] = null;
      let round: Round["startMs"] = null;
      if (fault.startsWith("gateway")) {
        await gateway.exited;
        if (fault !== "gateway, started at once") {
          goneMs = await untilGone(dataDir, load.ledger.violations, faultAt);
        }
        const next = await start();
        gateway = next.gateway;
        round = next.startMs;
      }
      await load.nextCreated();
      options.onRound({ fault, afterMs, goneMs, startMs: round, createdMs: performance.now() - faultAt, ...counts() });
    }
    await load.stop();
    db = openEmbedded(dataDir);
    const drainMs = await untilDrained(db, drainWithinMs);
    await repeatRequests(loadOptions, load.ledger, repeated);
    const findings = await verify({ url: gateway.url, db, ledger: load.ledger, callbacks });
    const result = { ...findings, firstStartMs, drainMs, ledger: load.ledger };
    return { ...result, repeatedCallbacks: repeatedCallbacks(callbacks) };
  } finally {
    await load.stop();
    await db?.close();
    gateway.signal("SIGTERM");
    await gateway.exited;
    await callbacks.close();
  }
}

async function startTimed(port: number, root: string): Promise<{ gateway: GatewayProcess; startMs: number }> {
  const startedAt = performance.now();
  const gateway = await spawnGateway({ port, root, env: crashEnvironment });
  await untilReady(gateway);
  return { gateway, startMs: performance.now() - startedAt };
}

async function inject(fault: EmbeddedFault, gateway: GatewayProcess, dataDir: string): Promise<void> {
  // Looked up before the first blow, so that all fall together.
  const guardians = await childrenOf(gateway.pid);
  const database = fault === "database" || fault === "gateway and database" ? await processesIn(dataDir) : [];
  const guardian = fault === "guardian" || fault === "gateway and guardian" ? guardians : [];
  if (fault.startsWith("gateway")) gateway.signal("SIGKILL");
  for (const pid of [...database, ...guardian]) killIfAlive(pid);
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** Waits until no process of the data directory is left: the database stops by itself, without its gateway. */
async function untilGone(dataDir: string, violations: string[], sinceMs: number): Promise<number> {
  for (;;) {
    const left = new Set([...(await processesIn(dataDir)), ...(await processesOf(dataDir))]);
    const goneMs = performance.now() - sinceMs;
    if (left.size === 0) return goneMs;
    if (goneMs > goneWithinMs) {
      violations.push(`${left.size} processes of the data directory outlived their gateway by ${goneMs} ms`);
      return goneMs;
    }
    await delay(20);
  }
}

export function openEmbedded(dataDir: string): Database {
  const connection = { host: join(dataDir, "postgres", "run"), user: "trunkline", database: "trunkline" };
  return openDatabase({ connection, poolSize: 2, log: pino({ level: "silent" }) });
}
