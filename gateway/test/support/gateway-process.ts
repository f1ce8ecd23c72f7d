// A gateway in a process of its own, started as an operator starts it, for tests that kill it. The bootstrap file gives
// it an account whose secrets the test knows; it keeps its port over restarts.

import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { basic } from "./twilio-call.ts";

const PROGRAM = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const OUTPUT_KEPT = 64 * 1024;

export const processAccount = {
  sid: "AC0123456789abcdef0123456789abcdef",
  authToken: "fedcba9876543210fedcba9876543210",
  phoneNumbers: ["+12025550100", "+12025550101"],
  accessKeys: [{ key: "tlk_process_owner_key", name: "owner", role: "owner" }],
} as const;

export const processAuthorization = basic(processAccount.sid, processAccount.authToken);

/** A call to the native API; throws unless it succeeds. */
export async function callNative(url: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${url}/trunkline/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${processAccount.accessKeys[0].key}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === "" ? null : JSON.parse(text);
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface GatewayProcess {
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process is gone. */
  readonly exited: Promise<Exit>;
  /** The last of what it wrote. */
  output(): string;
  signal(signal: NodeJS.Signals): void;
}

export interface GatewayProcessOptions {
  readonly port: number;
  /** Holds the bootstrap file, and the data directory `data`. */
  readonly root: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts the process; does not wait until it is ready. */
export async function spawnGateway({ port, root, env = {} }: GatewayProcessOptions): Promise<GatewayProcess> {
  const bootstrap = join(root, "bootstrap.json");
  await mkdir(root, { recursive: true });
  await writeFile(bootstrap, JSON.stringify({ accounts: [processAccount] }));
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", PROGRAM, "serve"], {
    env: {
      PATH: process.env["PATH"],
      TRUNKLINE_PORT: String(port),
      TRUNKLINE_DATA_DIR: join(root, "data"),
      TRUNKLINE_BOOTSTRAP: bootstrap,
      TRUNKLINE_LOG_LEVEL: "info",
      TRUNKLINE_SANDBOX_DELIVERY_MS: "50",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = collectOutput(child);
  const exited = once(child, "close").then(([code, signal]): Exit => ({ code, signal }));
  const pid = child.pid ?? 0;
  return { url: `http://127.0.0.1:${port}`, pid, exited, output, signal: (signal) => void child.kill(signal) };
}

/** Resolves when it is ready; throws with its last words when it ends before, or takes longer than `timeoutMs`. */
export async function untilReady(gateway: GatewayProcess, timeoutMs = 60_000): Promise<void> {
  let exit: Exit | undefined;
  void gateway.exited.then((how) => {
    exit = how;
  });
  const deadline = performance.now() + timeoutMs;
  while (!(await isReady(gateway.url))) {
    if (exit !== undefined) throw new Error(`the gateway ended (${exit.code ?? exit.signal}):\n${gateway.output()}`);
    if (performance.now() > deadline) throw new Error(`not ready after ${timeoutMs} ms:\n${gateway.output()}`);
    await delay(10);
  }
}

export async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2000) }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.status === 200;
    },
    () => false,
  );
}

/** A free port below those that the system gives to outgoing connections, so that it stays free between two starts. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 32_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!free) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}

function collectOutput(child: ChildProcess): () => string {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-OUTPUT_KEPT);
    });
  }
  return () => output;
}
