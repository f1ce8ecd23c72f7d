// Load made by wrk, one thread.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Load, LoadResult } from "./load.ts";

const run = promisify(execFile);
const script = join(import.meta.dirname, "requests.lua");
/** A load by number of requests ends by itself; this is only the end that wrk insists on. */
const LONGEST_SECONDS = 600;

let found: Promise<boolean> | undefined;

/** Is wrk on the PATH? */
export function hasWrk(): Promise<boolean> {
  // wrk has no way of asking without an exit code of 1; that it could be started is the answer.
  found ??= run("wrk", ["--version"]).then(
    () => true,
    (error: unknown) => !(error instanceof Error && "code" in error && error.code === "ENOENT"),
  );
  return found;
}

export async function runWrk(load: Load): Promise<LoadResult> {
  const { template, until, connections } = load;
  const seconds = "seconds" in until ? until.seconds : LONGEST_SECONDS;
  const limit = "requests" in until ? until.requests + connections : 0;
  const output = await outputOf([
    ...["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", "--timeout", "10s", "-s", script],
    `http://${load.host}:${load.port}/`,
    ...["--", template.method, template.path, template.body, String(load.firstNumber), String(limit)],
    ...Object.entries(template.headers).flat(),
  ]);
  const numbers = /^result (\d+) (\d+) (\d+) (\d+) (\d+)$/m.exec(output)?.slice(1).map(Number);
  if (numbers === undefined) throw new Error(`wrk gave no result:\n${output}`);
  const [answered = 0, failed = 0, durationUs = 0, p50Us = 0, p99Us = 0] = numbers;
  const durationSeconds = durationUs / 1e6;
  const perSecond = (answered - failed) / durationSeconds;
  return { generator: "wrk", answered, failed, durationSeconds, perSecond, p50Ms: p50Us / 1000, p99Ms: p99Us / 1000 };
}

// wrk sleeps for its whole duration whatever its script does; an interrupt makes it stop and report.
async function outputOf(args: readonly string[]): Promise<string> {
  const child = spawn("wrk", args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (/^limit reached$/m.test(text)) child.kill("SIGINT");
  });
  await once(child, "close");
  return output;
}
