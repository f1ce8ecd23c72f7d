// Is what package-lock.json names installed? Answered from a stamp, without starting npm (that would cost a second
// at every start). Plain JavaScript for Node 20, like run.mjs.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const stampPath = (root) => join(root, "node_modules", ".trunkline-installed.json");

/** `mode` "run": the gateway and its dashboard; "all": every workspace with development tools. */
export function isInstalled(root, mode) {
  if (!existsSync(join(root, "node_modules", ".bin", "node"))) return false;
  const stamp = readJson(stampPath(root));
  const fresh = stamp?.lock === lockDigest(root) && stamp?.platform === platform();
  if (fresh && (stamp.mode === mode || stamp.mode === "all")) return true;
  if (!everythingMatchesLock(root)) return false;
  recordInstall(root, "all");
  return true;
}

export function recordInstall(root, mode) {
  writeFileSync(stampPath(root), `${JSON.stringify({ lock: lockDigest(root), platform: platform(), mode })}\n`);
}

// Somebody who runs `npm install` by hand leaves no stamp; npm's own record of the tree tells then.
function everythingMatchesLock(root) {
  const wanted = readJson(join(root, "package-lock.json"))?.packages;
  const present = readJson(join(root, "node_modules", ".package-lock.json"))?.packages;
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes("node_modules/") || entry.link) return true;
    const found = present[path];
    if (found === undefined) return entry.optional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/** Waits until no other process installs into this clone; resolves to the function that lets the next one in. */
export async function acquireInstallLock(root) {
  const path = join(root, "node_modules", ".trunkline-installing");
  mkdirSync(join(root, "node_modules"), { recursive: true });
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx" });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      const holder = readJson(path);
      if (typeof holder === "number" && !isAlive(holder)) rmSync(path, { force: true });
      else await delay(200);
    }
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}

function lockDigest(root) {
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
}

function platform() {
  return `${process.platform}-${process.arch}`;
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
