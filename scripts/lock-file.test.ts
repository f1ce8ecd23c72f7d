import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findLockFileFaults } from "./lock-file.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "trunkline-lock-"));
});
afterEach(() => rm(root, { recursive: true }));

async function faultsOf(manifest: object, lockRoot: object, entry: object): Promise<string | undefined> {
  await writeFile(join(root, "package.json"), JSON.stringify(manifest));
  const packages = { "": lockRoot, "node_modules/zod": entry };
  await writeFile(join(root, "package-lock.json"), JSON.stringify({ packages }));
  return findLockFileFaults(root);
}

const asked = { dependencies: { zod: "4.6.7" } };

it("finds nothing wrong with a lock file in step and without addresses", async () => {
  expect(await faultsOf(asked, asked, { version: "4.6.7", integrity: "sha512-x" })).toBeUndefined();
});

it("finds a download address", async () => {
  const entry = { version: "4.6.7", resolved: "https://registry.example/zod.tgz" };
  expect(await faultsOf(asked, asked, entry)).toContain("node_modules/zod has a download address");
});

it("finds a dependency that was changed in package.json alone", async () => {
  const changed = { dependencies: { zod: "4.7.0" } };
  expect(await faultsOf(changed, asked, { version: "4.6.7" })).toContain("differ");
});
