// For tests of the command line: runs it as a shell does, and a small HTTP server that answers as the test says.

import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

export const testAccount = "AC0123456789abcdef0123456789abcdef";
export const testToken = "0123456789abcdef0123456789abcdef";

export interface CliRun {
  readonly child: ChildProcess;
  readonly finished: Promise<{ readonly code: number | null; readonly out: string; readonly notes: string }>;
  /** Resolves when the pattern has been printed on either stream. */
  printed(pattern: RegExp): Promise<void>;
}

export interface CliSurroundings {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** What to run instead of the command line. */
  readonly script?: string;
  readonly node?: string;
}

const main = fileURLToPath(new URL("../main.ts", import.meta.url));

/** Starts the command line without any of the caller's own TRUNKLINE settings. */
export function startCli(
  args: readonly string[],
  { env = {}, cwd = "/", script = main, node = process.execPath }: CliSurroundings = {},
): CliRun {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(TRUNKLINE_|DATABASE_URL|NODE_OPTIONS|VITEST)/.test(name),
  );
  const child = spawn(node, [script, ...args], {
    cwd,
    env: { ...Object.fromEntries(inherited), TRUNKLINE_DATA_DIR: "/nonexistent", NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let notes = "";
  const watchers = new Set<() => void>();
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    out += chunk;
    for (const watcher of watchers) watcher();
  });
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    notes += chunk;
    for (const watcher of watchers) watcher();
  });
  const finished = new Promise<{ code: number | null; out: string; notes: string }>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, notes }));
  });
  const printed = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!pattern.test(out + notes)) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      child.on("close", () => reject(new Error(`ended without printing ${pattern}:\n${out}${notes}`)));
      look();
    });
  return { child, finished, printed };
}

export async function runCli(
  args: readonly string[],
  surroundings?: CliSurroundings,
): Promise<{ code: number | null; out: string; notes: string }> {
  return startCli(args, surroundings).finished;
}

export interface StubRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly form: Readonly<Record<string, string>>;
}

export interface StubGateway {
  readonly url: string;
  readonly requests: StubRequest[];
  /** By idempotency key. */
  readonly accepted: Map<string, string>;
  /** The environment with which a command finds this gateway. */
  readonly env: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

/** Answers a request, or returns false to have it accepted as a gateway would. */
export type StubAnswer = (request: StubRequest, response: ServerResponse) => boolean | Promise<boolean>;

export async function startStubGateway(answer: StubAnswer = () => false): Promise<StubGateway> {
  const requests: StubRequest[] = [];
  const accepted = new Map<string, string>();
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const form = Object.fromEntries(new URLSearchParams(await text(request)));
    const received = { method: request.method ?? "", path: request.url ?? "", headers: request.headers, form };
    requests.push(received);
    if (await answer(received, response)) return;
    const key = String(request.headers["idempotency-key"]);
    const known = accepted.get(key);
    const sid = known ?? `SM${String(accepted.size + 1).padStart(32, "0")}`;
    accepted.set(key, sid);
    if (known !== undefined) response.setHeader("Idempotent-Replayed", "true");
    sendJson(response, 201, { sid, status: "queued", num_segments: "1", error_code: null, error_message: null });
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    requests,
    accepted,
    env: { TRUNKLINE_URL: url, TRUNKLINE_ACCOUNT_SID: testAccount, TRUNKLINE_AUTH_TOKEN: testToken },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): true {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  return true;
}

export function sendError(
  response: ServerResponse,
  status: number,
  code: number,
  message: string,
  headers: Record<string, string> = {},
): true {
  return sendJson(
    response,
    status,
    { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status },
    headers,
  );
}
