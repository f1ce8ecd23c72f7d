// The checks that need no running gateway: types, lint, imports between folders, dead code, generated files, lock file.
// `npm run check` runs them alone, `npm test` first. A step changes nothing in the tree.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { findLockFileFaults } from "./lock-file.ts";

export const projectRoot = resolve(import.meta.dirname, "..");

export interface StepResult {
  readonly name: string;
  readonly passed: boolean;
  readonly durationMs: number;
  /** What the tool said; worth reading only when the step failed. */
  readonly output: string;
}

interface Step {
  readonly name: string;
  /** Resolves to what is wrong; undefined when nothing is. */
  run(): Promise<string | undefined>;
}

const folders = ["gateway", "dashboard", "connector", "bench", "scripts"];
const cruiser = "node_modules/dependency-cruiser/bin/dependency-cruiser.mjs";
const cruiserRules = ".dependency-cruiser.mjs";

const steps: readonly Step[] = [
  { name: "types (gateway, bench, scripts)", run: () => tool("typescript/bin/tsc", "-p", "tsconfig.json") },
  { name: "dead code (knip)", run: () => tool("knip/bin/knip.js", "--no-progress") },
  { name: "types (dashboard)", run: () => tool("typescript/bin/tsc", "-p", "dashboard/tsconfig.json") },
  { name: "types (connector)", run: () => tool("typescript/bin/tsc", "-p", "connector/tsconfig.json") },
  { name: "lint and format (biome)", run: () => tool("@biomejs/biome/bin/biome", "check", "--error-on-warnings") },
  {
    name: "imports between folders",
    run: () =>
      runNode("--import", "./scripts/typescript-for-cruiser.mjs", cruiser, "--config", cruiserRules, ...folders),
  },
  { name: "dashboard builds", run: buildDashboard },
  { name: "generated files are up to date", run: () => runNode("scripts/generate.ts", "--check") },
  { name: "lock file", run: () => findLockFileFaults(projectRoot) },
];

/** Runs every step, two at a time, and tells of each as it ends. */
export async function runSteps(onResult: (result: StepResult) => void): Promise<StepResult[]> {
  const waiting = [...steps];
  const results: StepResult[] = [];
  const worker = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const startedAt = performance.now();
      const fault = await step.run();
      const durationMs = performance.now() - startedAt;
      const result = { name: step.name, passed: fault === undefined, durationMs, output: fault ?? "" };
      results.push(result);
      onResult(result);
    }
  };
  await Promise.all([worker(), worker()]);
  return results;
}

/** One line for a passed step; a failed one brings its tool's output. */
export function presentStep({ name, passed, durationMs, output }: StepResult): string {
  const line = `${passed ? " ok  " : "FAIL "} ${name.padEnd(34)} ${(durationMs / 1000).toFixed(1)} s`;
  return passed ? line : `${line}\n${output.trimEnd().replace(/^/gm, "      ")}`;
}

async function buildDashboard(): Promise<string | undefined> {
  const outDir = await mkdtemp(join(tmpdir(), "trunkline-dashboard-"));
  try {
    return await tool("vite/bin/vite.js", "build", "dashboard", "--outDir", outDir, "--logLevel", "warn");
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}

function tool(script: string, ...args: string[]): Promise<string | undefined> {
  return runNode(join("node_modules", script), ...args);
}

/** Runs this Node; resolves to its output when it fails. */
function runNode(...args: string[]): Promise<string | undefined> {
  const child = spawn(process.execPath, args, {
    cwd: projectRoot,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined },
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((done) => {
    child.on("error", (error) => done(error.message));
    child.on("close", (code, signal) => done(code === 0 ? undefined : `${output}\nended with ${code ?? signal}`));
  });
}
