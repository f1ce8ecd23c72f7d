// The data directory's lock: one living gateway, and never a dead one.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockDataDirectory } from "./data-directory.ts";

const MODULE = new URL("./data-directory.ts", import.meta.url).href;
let root: string;
let directory: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "trunkline-lock-"));
  directory = join(root, "deep", "data");
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

/** A process that takes the lock and says what came of it. */
async function locker(): Promise<{ said: string; pid: number | undefined; kill(): Promise<void> }> {
  const script = `
    const { lockDataDirectory } = await import(${JSON.stringify(MODULE)});
    await lockDataDirectory(process.argv[1]).then(() => console.log("locked"), (error) => console.log(error.message));
    process.stdin.resume();`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, directory], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [said] = await once(createInterface({ input: child.stdout }), "line");
  return {
    said: String(said),
    pid: child.pid,
    async kill() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

describe("lockDataDirectory", () => {
  it("makes the directory, closed to others", async () => {
    const lock = await lockDataDirectory(directory);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    await lock.release();
  });

  it("refuses a second process, naming the first and the directory", async () => {
    const lock = await lockDataDirectory(directory);
    const second = await locker();
    expect(second.said).toContain(`(pid ${process.pid})`);
    expect(second.said).toContain(directory);
    await second.kill();
    await lock.release();
  });

  it("refuses a second time in the same process too", async () => {
    const lock = await lockDataDirectory(directory);
    await expect(lockDataDirectory(directory)).rejects.toThrow(directory);
    await lock.release();
  });

  it("is free after release, and at once after a kill", async () => {
    const lock = await lockDataDirectory(directory);
    await lock.release();
    const first = await locker();
    expect(first.said).toBe("locked");
    await expect(lockDataDirectory(directory)).rejects.toThrow(`pid ${first.pid}`);
    await first.kill();
    const again = await lockDataDirectory(directory);
    await again.release();
  });

  it("goes to exactly one of several that start together over a dead one's lock", async () => {
    await (await locker()).kill();
    const lockers = await Promise.all([locker(), locker(), locker()]);
    expect(lockers.filter(({ said }) => said === "locked")).toHaveLength(1);
    await Promise.all(lockers.map(({ kill }) => kill()));
  });
});
