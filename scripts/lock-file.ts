// Is package-lock.json fit to be shared: without download addresses, and in step with every package.json?

import { readFile } from "node:fs/promises";
import { join } from "node:path";

interface LockEntry {
  readonly version?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly workspaces?: readonly string[];
}

const kinds = ["dependencies", "devDependencies", "optionalDependencies"] as const;

/** Resolves to what is wrong with the lock file of the project at `root`, or undefined. */
export async function findLockFileFaults(root: string): Promise<string | undefined> {
  const lock = await readJson<{ packages: Readonly<Record<string, LockEntry>> }>(join(root, "package-lock.json"));
  const faults = Object.entries(lock.packages)
    .filter(([, entry]) => entry.resolved !== undefined && entry.link !== true)
    .map(([path]) => `${path} has a download address: remove it ("resolved")`);
  for (const folder of ["", ...(lock.packages[""]?.workspaces ?? [])]) {
    const manifest = await readJson<LockEntry>(join(root, folder, "package.json"));
    for (const kind of kinds) {
      if (sameEntries(manifest[kind], lock.packages[folder]?.[kind])) continue;
      faults.push(`${folder || "the root"}: ${kind} in package.json and in the lock file differ: run npm install`);
    }
  }
  return faults.length === 0 ? undefined : faults.join("\n");
}

function sameEntries(left: Readonly<Record<string, string>> = {}, right: Readonly<Record<string, string>> = {}) {
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].every((name) => left[name] === right[name]);
}

async function readJson<Shape>(path: string): Promise<Shape> {
  return JSON.parse(await readFile(path, "utf8")) as Shape;
}
