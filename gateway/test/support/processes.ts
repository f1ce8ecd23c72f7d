// Looks at the machine's processes, so that tests can tell what is left running. Linux: /proc; elsewhere: ps and lsof.

import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The pids of PostgreSQL's main processes that work below `directory`. */
export async function serversOf(directory: string): Promise<number[]> {
  const pids = await processesOf("bin/postgres", directory);
  const working = await Promise.all(
    pids.map(async (pid) => ((await workingDirectory(pid)).startsWith(directory) ? pid : 0)),
  );
  return working.filter((pid) => pid !== 0);
}

/** The pids of all processes that work below `directory`: a server with its own child processes. */
export async function processesIn(directory: string): Promise<number[]> {
  if (process.platform !== "linux") return serversOf(directory);
  const pids = (await commandsOfProc()).map(({ pid }) => pid);
  const places = await Promise.all(pids.map(workingDirectory));
  return pids.filter((_, index) => places[index]?.startsWith(directory));
}

/** The pids of the direct children of a process. */
export async function childrenOf(parent: number): Promise<number[]> {
  const { stdout } = await run("ps", ["-axo", "pid=,ppid="]);
  const pairs = stdout.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.flatMap(([pid, ppid]) => (ppid === parent && pid !== undefined ? [pid] : []));
}

/** The pids of processes whose command line contains both texts. */
export async function processesOf(...texts: string[]): Promise<number[]> {
  const commands = process.platform === "linux" ? await commandsOfProc() : await commandsOfPs();
  return commands.filter(({ command }) => texts.every((text) => command.includes(text))).map(({ pid }) => pid);
}

async function workingDirectory(pid: number): Promise<string> {
  if (process.platform === "linux") return readlink(`/proc/${pid}/cwd`).catch(() => "");
  const { stdout } = await run("lsof", ["-a", "-d", "cwd", "-p", String(pid), "-Fn"]).catch(() => ({ stdout: "" }));
  return /^n(.*)$/m.exec(stdout)?.[1] ?? "";
}

async function commandsOfProc(): Promise<{ pid: number; command: string }[]> {
  const pids = (await readdir("/proc")).map(Number).filter((pid) => pid > 0 && pid !== process.pid);
  return Promise.all(
    // A process may end while it is looked at.
    pids.map(async (pid) => ({ pid, command: await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "") })),
  );
}

async function commandsOfPs(): Promise<{ pid: number; command: string }[]> {
  const { stdout } = await run("ps", ["-axo", "pid=,args="]);
  return stdout.split("\n").map((line) => ({ pid: Number.parseInt(line, 10), command: line }));
}
