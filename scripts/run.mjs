// The door to every npm script: installs what is missing, then runs the command with the project's own Node.
// It must run on Node 20 with nothing installed, so it imports nothing but Node itself and uses no TypeScript.

import { spawn } from "node:child_process";
import { accessSync, constants, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { buildDashboard, isDashboardBuilt } from "./dashboard-build.mjs";
import { acquireInstallLock, isInstalled, recordInstall } from "./installed.mjs";

const root = resolve(import.meta.dirname, "..");
const bin = join(root, "node_modules", ".bin");

// `needs`: "run" is the gateway and its dashboard without development tools, "all" is every workspace with them.
const commands = {
  start: { needs: "run", args: ["gateway/src/main.ts", "serve"], dashboard: true },
  trunkline: { needs: "run", args: ["gateway/src/main.ts"], keepDirectory: true },
  test: { needs: "all", args: ["scripts/test.ts"] },
  check: { needs: "all", args: ["scripts/check.ts"] },
  crash: { needs: "all", args: ["gateway/test/crash/main.ts"] },
  generate: { needs: "all", args: ["scripts/generate.ts"] },
  bench: { needs: "all", args: ["bench/src/main.ts"] },
};

const [name, ...rest] = process.argv.slice(2);
const command = Object.hasOwn(commands, name ?? "") ? commands[name] : undefined;
if (command === undefined) {
  process.stderr.write(`usage: node scripts/run.mjs ${Object.keys(commands).join(" | ")} [arguments]\n`);
  process.exit(2);
}

if (!isInstalled(root, command.needs)) await install(command.needs);
if (command.dashboard && !isDashboardBuilt(root)) await build();

const [script, ...args] = command.args;
const outcome = await run(
  join(bin, "node"),
  ["--disable-warning=ExperimentalWarning", join(root, script), ...args, ...rest],
  {
    // A person who runs the command line names files from where they stand, not from the project's root.
    cwd: command.keepDirectory ? (process.env.INIT_CWD ?? process.cwd()) : root,
    stdio: "inherit",
    env: {
      TRUNKLINE_DATA_DIR: join(root, ".trunkline"),
      ...process.env,
      PATH: bin + delimiter + (process.env.PATH ?? ""),
    },
  },
);
endLike(outcome);

/** Installs with npm, quietly; its output is shown only when it fails. */
async function install(mode) {
  const release = await acquireInstallLock(root);
  try {
    if (isInstalled(root, mode)) return;
    process.stderr.write("Installing what the project needs (only this once; half a minute or so) ...\n");
    const cache = usableCache();
    try {
      const { code, signal, output } = await npm([...installArguments(mode), ...(cache ? ["--cache", cache] : [])]);
      if (signal !== null) endLike({ code, signal });
      if (code !== 0) {
        process.stderr.write(
          `${output}\nThe install failed (npm's words are above). Run the command again to retry.\n`,
        );
        process.exit(1);
      }
      recordInstall(root, mode);
    } finally {
      if (cache) rmSync(cache, { recursive: true, force: true });
    }
  } finally {
    release();
  }
}

/** A gateway without its dashboard is better than none: a failure is told, and passed over. */
async function build() {
  const release = await acquireInstallLock(root);
  try {
    if (isDashboardBuilt(root)) return;
    process.stderr.write("Building the dashboard (only when it has changed; a few seconds) ...\n");
    const problem = await buildDashboard(root, join(bin, "node"));
    if (problem !== undefined)
      process.stderr.write(`${problem}\nThe dashboard could not be built; going on without.\n`);
  } finally {
    release();
  }
}

// Not `npm ci`: it empties node_modules first, under the feet of a gateway that runs from this clone, and it refuses
// a lock file that lacks optional packages of other platforms. `install --no-save` takes the locked versions too.
function installArguments(mode) {
  const quiet = ["--no-save", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  // Said aloud because a person's own npm settings (NODE_ENV=production, ignore-scripts) would leave things out.
  const complete = ["--include=optional", "--ignore-scripts=false"];
  const scope =
    mode === "all" ? ["--include=dev"] : ["--omit=dev", "-w", "gateway", "-w", "dashboard", "--include-workspace-root"];
  return ["install", ...quiet, ...complete, ...scope];
}

/** A private cache directory when npm's own cannot be written, else undefined. */
function usableCache() {
  let directory = process.env.npm_config_cache ?? join(process.env.HOME ?? root, ".npm");
  while (!existsSync(directory) && resolve(directory, "..") !== directory) directory = resolve(directory, "..");
  try {
    accessSync(directory, constants.W_OK);
    return undefined;
  } catch {
    return mkdtempSync(join(tmpdir(), "trunkline-npm-"));
  }
}

function npm(args) {
  const cli = process.env.npm_execpath;
  const isNpm = cli !== undefined && /npm-cli\.[cm]?js$/.test(cli) && existsSync(cli);
  const options = { cwd: root, stdio: ["ignore", "pipe", "pipe"] };
  return isNpm ? run(process.execPath, [cli, ...args], options) : run("npm", args, options);
}

/** Runs a child to its end, passing on the signals that this process gets. */
function run(file, args, options) {
  const child = spawn(file, args, options);
  let output = "";
  child.stdout?.on("data", (chunk) => (output += chunk));
  child.stderr?.on("data", (chunk) => (output += chunk));
  const stopForwarding = forwardSignals(child);
  return new Promise((done) => {
    child.on("error", (error) => done({ code: 1, signal: null, output: `${output}${error.message}\n` }));
    child.on("close", (code, signal) => {
      stopForwarding();
      done({ code, signal, output });
    });
  });
}

function forwardSignals(child) {
  const handlers = ["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => {
    let lastAt = 0;
    const handler = () => {
      // Ctrl-C reaches the child by itself, as a member of the terminal's foreground group.
      if (signal === "SIGINT" && process.stdin.isTTY) return;
      // npm passes on what the whole process group got already: once is enough.
      if (Date.now() - lastAt < 1000) return;
      lastAt = Date.now();
      child.kill(signal);
    };
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  return () => {
    for (const remove of handlers) remove();
  };
}

/** Ends this process the way the child ended. */
function endLike({ code, signal, output }) {
  if (output) process.stderr.write(output);
  if (signal !== null) process.kill(process.pid, signal);
  else process.exit(code ?? 1);
}
