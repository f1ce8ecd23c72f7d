// A program under test: started with its output in a file, stopped with certainty.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

export interface Program {
  readonly pid: number;
  readonly logPath: string;
  /** Rejects when the program has ended, with its last words. */
  assertRunning(): Promise<void>;
  /** SIGTERM, and SIGKILL after 20 s. Resolves to the exit code when it is gone. */
  stop(): Promise<number | null>;
}

export interface ProgramOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly logPath: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

const STOP_PATIENCE_MS = 20_000;
const running = new Set<ChildProcess>();

/** Starts a program; throws when it cannot be started (not installed). */
export async function startProgram({ file, args, logPath, env, cwd }: ProgramOptions): Promise<Program> {
  const log = openSync(logPath, "w");
  const child = spawn(file, args, { stdio: ["ignore", log, log], env: env ?? process.env, ...(cwd ? { cwd } : {}) });
  closeSync(log);
  await once(child, "spawn");
  running.add(child);
  child.once("exit", () => running.delete(child));
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid ?? 0,
    logPath,
    async assertRunning() {
      if (!hasEnded()) return;
      const words = await readFile(logPath, "utf8");
      throw new Error(`${file} ended with ${child.exitCode ?? child.signalCode}:\n${words.slice(-2000)}`);
    },
    async stop() {
      if (hasEnded()) return child.exitCode;
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      const hammer = setTimeout(() => child.kill("SIGKILL"), STOP_PATIENCE_MS);
      await gone;
      clearTimeout(hammer);
      return child.exitCode;
    },
  };
}

/** Nothing that the bench started may outlive it, however it ends. */
export function stopAllOnExit(): void {
  process.on("exit", () => {
    for (const child of running) child.kill("SIGKILL");
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
}

/** Asks until `question` resolves to true; rejects after `patienceMs`, or when the program has ended. */
export async function until(
  what: string,
  question: () => Promise<boolean>,
  { program, patienceMs = 60_000, everyMs = 50 }: { program?: Program; patienceMs?: number; everyMs?: number } = {},
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await question())) {
    await program?.assertRunning();
    if (performance.now() > deadline) throw new Error(`waited ${patienceMs / 1000} s in vain until ${what}`);
    await delay(everyMs);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port could be taken");
  return address.port;
}

/** Does something listen there? */
export async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url)).arrayBuffer();
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
