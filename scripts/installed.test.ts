import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { acquireInstallLock, isInstalled, recordInstall } from "./installed.mjs";

let root: string;
const write = (path: string, content: object) => writeFileSync(join(root, path), JSON.stringify(content));
const lockOf = (version: string) => ({ packages: { "": {}, "node_modules/zod": { version, integrity: version } } });

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "trunkline-installed-"));
  mkdirSync(join(root, "node_modules/.bin"), { recursive: true });
  write("node_modules/.bin/node", {});
  write("package-lock.json", lockOf("1.0.0"));
});
afterEach(() => rmSync(root, { recursive: true }));

describe("isInstalled", () => {
  it("is false in a fresh clone", () => {
    expect(isInstalled(root, "run")).toBe(false);
  });

  it("believes the stamp of an install, and an install of everything for everything", () => {
    recordInstall(root, "run");
    expect([isInstalled(root, "run"), isInstalled(root, "all")]).toEqual([true, false]);
    recordInstall(root, "all");
    expect([isInstalled(root, "run"), isInstalled(root, "all")]).toEqual([true, true]);
  });

  it("is false once the lock file has changed, or Node is gone", () => {
    recordInstall(root, "all");
    write("package-lock.json", lockOf("1.0.1"));
    expect(isInstalled(root, "all")).toBe(false);
    write("package-lock.json", lockOf("1.0.0"));
    expect(isInstalled(root, "all")).toBe(true);
    rmSync(join(root, "node_modules/.bin/node"));
    expect(isInstalled(root, "all")).toBe(false);
  });

  it("sees what npm has installed by hand", () => {
    write("node_modules/.package-lock.json", lockOf("1.0.0"));
    expect(isInstalled(root, "all")).toBe(true);
    write("package-lock.json", lockOf("2.0.0"));
    expect(isInstalled(root, "all")).toBe(false);
  });
});

describe("acquireInstallLock", () => {
  it("lets one process in at a time, in turn", async () => {
    const order: string[] = [];
    const release = await acquireInstallLock(root);
    const second = acquireInstallLock(root).then((releaseSecond) => {
      order.push("second");
      releaseSecond();
    });
    order.push("first");
    release();
    await second;
    expect(order).toEqual(["first", "second"]);
  });

  it("does not wait for a process that is gone", async () => {
    writeFileSync(join(root, "node_modules/.trunkline-installing"), "999999999");
    const release = await acquireInstallLock(root);
    release();
  });
});
