// The gateway under test: its own process with a fresh data directory, a known account and a sandbox that delivers at
// once. Measured from outside, over HTTP; SQL only looks at what was stored, or fills the queue.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import pg from "pg";
import { freePort, startProgram, until } from "../child.ts";
import type { RequestTemplate } from "../load/load.ts";
import { SENDER, smsForm } from "./request.ts";

const main = resolve(import.meta.dirname, "../../../gateway/src/main.ts");
export const ACCOUNT_SID = "AC0123456789abcdef0123456789abcdef";
const AUTH_TOKEN = "0123456789abcdef0123456789abcdef";

export interface Gateway {
  readonly port: number;
  readonly pid: number;
  /** From the start of its process to the first 200 of /readyz. */
  readonly readyAfterMs: number;
  readonly template: RequestTemplate;
  /** Sends one statement to the gateway's database. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  stop(): Promise<void>;
}

export interface GatewayOptions {
  /** A data directory to use; it is left as it is. Default: a new one, which is removed. */
  readonly dataDir?: string;
  /** TRUNKLINE_ROLES. Default `all`. */
  readonly roles?: string;
}

/** A temporary directory for a gateway's data; `remove` when done. */
export async function makeDataDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "trunkline-bench-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export async function startGateway({ dataDir, roles = "all" }: GatewayOptions = {}): Promise<Gateway> {
  const own = dataDir === undefined ? await makeDataDirectory() : undefined;
  const directory = dataDir ?? own?.path ?? "";
  const bootstrap = join(directory, "bootstrap.json");
  const account = { sid: ACCOUNT_SID, friendlyName: "Bench", authToken: AUTH_TOKEN, phoneNumbers: [SENDER] };
  await writeFile(bootstrap, JSON.stringify({ accounts: [account] }));
  const port = await freePort();
  const startedAt = performance.now();
  const program = await startProgram({
    file: process.execPath,
    args: ["--disable-warning=ExperimentalWarning", main, "serve"],
    logPath: join(directory, "gateway.log"),
    env: { ...ownEnvironment(), ...settings({ directory, bootstrap, port, roles }) },
  });
  const isReady = () => answersOk(`http://127.0.0.1:${port}/readyz`);
  await until("the gateway is ready", isReady, { program, everyMs: 10 });
  const readyAfterMs = performance.now() - startedAt;
  const database = new pg.Pool({
    host: join(directory, "data", "postgres", "run"),
    user: "trunkline",
    database: "trunkline",
    max: 2,
  });
  // The database ends with the gateway, at times before these connections are closed. A loss at any other time fails
  // the query that meets it.
  database.on("error", () => undefined);
  return {
    port,
    pid: program.pid,
    readyAfterMs,
    template: smsForm(ACCOUNT_SID, AUTH_TOKEN),
    sql: async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
      (await database.query<Row>(text, [...values])).rows,
    async stop() {
      await database.end();
      const code = await program.stop();
      await own?.remove();
      if (code !== 0) throw new Error(`the gateway stopped with ${code}: see its log`);
    },
  };
}

function settings({
  directory,
  bootstrap,
  port,
  roles,
}: Record<"directory" | "bootstrap" | "roles", string> & { port: number }) {
  return {
    TRUNKLINE_HOST: "127.0.0.1",
    TRUNKLINE_PORT: String(port),
    TRUNKLINE_DATA_DIR: join(directory, "data"),
    TRUNKLINE_BOOTSTRAP: bootstrap,
    TRUNKLINE_ROLES: roles,
    TRUNKLINE_SANDBOX_DELIVERY_MS: "0",
    TRUNKLINE_LOG_LEVEL: "warn",
  };
}

/** This process's environment without settings of the gateway that somebody has set for another one. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const foreign = (name: string) => name.startsWith("TRUNKLINE_") || name === "DATABASE_URL" || name.startsWith("PG");
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign(name)));
}

async function answersOk(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
