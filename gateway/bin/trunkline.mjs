#!/usr/bin/env node
// Runs the command line with a Node that takes TypeScript as it is: this one if it is new enough, else the one that
// comes with the project. Must run on old versions of Node, so it is plain JavaScript and imports nothing but Node.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const OLDEST = 24;
const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

if (Number(process.versions.node.split(".")[0]) >= OLDEST)
  await import(new URL("../src/main.ts", import.meta.url).href);
else runWithProjectsNode();

function runWithProjectsNode() {
  const node = projectsNode();
  const child = spawn(node, ["--disable-warning=ExperimentalWarning", main, ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // Ctrl-C reaches the child by itself, as a member of the terminal's foreground group.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on("error", (error) => {
    process.stderr.write(`${node} could not be started: ${error.message}\n`);
    process.exit(1);
  });
  child.on("close", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function projectsNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve("node/package.json");
    return join(dirname(manifest), "bin", process.platform === "win32" ? "node.exe" : "node");
  } catch {
    process.stderr.write(
      `Trunkline needs Node ${OLDEST} or newer; this is ${process.versions.node}, and the project's own is not installed.\n` +
        "Run `npm install` in the project's directory, or use a newer Node.\n",
    );
    return process.exit(1);
  }
}
