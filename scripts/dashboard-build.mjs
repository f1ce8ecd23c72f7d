// Builds the dashboard when its sources are not those of the last build: seconds once, a few milliseconds otherwise. Built
// output is not kept in version control, where it would differ with every change. Plain JavaScript for Node 20, like run.mjs.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";

const sources = ["index.html", "package.json", "tsconfig.json", "vite.config.ts", "src"];
const stampName = ".built-from";

/** Is dashboard/dist made of the sources as they are? */
export function isDashboardBuilt(root) {
  const stamp = join(root, "dashboard", "dist", stampName);
  return existsSync(stamp) && readFileSync(stamp, "utf8") === digestOf(root);
}

/**
 * Builds into a directory of its own and puts that in the place of dist: a gateway that starts meanwhile sees the old one or
 * the new one. Resolves to what went wrong; undefined when nothing did.
 */
export async function buildDashboard(root, node = process.execPath) {
  const home = join(root, "dashboard");
  const digest = digestOf(root);
  const staging = mkdtempSync(join(home, ".building-"));
  try {
    const output = await runVite(root, node, staging);
    if (output !== undefined) return output;
    writeFileSync(join(staging, stampName), digest);
    chmodSync(staging, 0o755);
    rmSync(join(home, "dist"), { recursive: true, force: true });
    renameSync(staging, join(home, "dist"));
    return undefined;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function runVite(root, node, outDir) {
  const vite = join(root, "node_modules", "vite", "bin", "vite.js");
  const child = spawn(node, [vite, "build", "dashboard", "--outDir", outDir, "--emptyOutDir", "--logLevel", "warn"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_ENV: "production" },
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (output += chunk));
  return new Promise((done) => {
    child.on("error", (error) => done(error.message));
    child.on("close", (code) => done(code === 0 ? undefined : output || `vite ended with ${code}`));
  });
}

function digestOf(root) {
  const home = join(root, "dashboard");
  const hash = createHash("sha256").update(readFileSync(join(root, "package-lock.json")));
  for (const path of sources.flatMap((name) => filesUnder(join(home, name))).sort()) {
    hash.update(`${relative(home, path)}\0`).update(readFileSync(path));
  }
  return hash.digest("hex");
}

function filesUnder(path) {
  if (!existsSync(path)) return [];
  const entries = safeEntries(path);
  if (entries === null) return [path];
  return entries.flatMap((entry) => filesUnder(join(path, entry)));
}

/** Null: a file. */
function safeEntries(path) {
  try {
    return readdirSync(path);
  } catch (error) {
    if (error.code === "ENOTDIR") return null;
    throw error;
  }
}
