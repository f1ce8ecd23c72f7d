// Runs the server under a guardian: a small shell that holds a pipe from the gateway. When the gateway closes the
// pipe, or dies in whatever way, the guardian stops the server. So no server can outlive its gateway for long.

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { commandAs, type ServerUser } from "./run-as.ts";

// The watcher (a subshell) sees the end of the pipe and asks for a fast shutdown; repeatedly, for a server that has only
// just been started does not listen yet. Signals sent to the whole process group (Ctrl-C, a service manager) are the
// gateway's to handle; here they would stop the server under its feet.
// Even when the outer shell is killed, the watcher goes on watching.
const GUARDIAN = `
trap '' HUP INT TERM
exec 3<&0 0</dev/null
"$@" 3<&- &
server=$!
(
  while read -r line; do :; done
  tries=0
  while [ "$tries" -lt 100 ] && kill -INT "$server"; do sleep 0.2 || sleep 1; tries=$((tries + 1)); done
) <&3 3<&- >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$server"
code=$?
kill -KILL "$watcher" 2>/dev/null
exit "$code"
`;

const OUTPUT_PATIENCE_MS = 100;

export interface GuardedServer {
  /** Resolves when the server, or its guardian, has ended: how, and the server's last words. */
  readonly ended: Promise<string>;
  readonly hasEnded: () => boolean;
  /** Closes the pipe, upon which the server shuts down (SIGINT: "fast", everything is written). */
  release(): void;
}

/** Starts a server; `onLine` gets each line it logs. The environment is emptied: PGDATA and the like have no effect. */
export function startGuarded(
  user: ServerUser,
  command: readonly string[],
  onLine: (line: string) => void,
): GuardedServer {
  const { file, args, options } = commandAs(user, ["/bin/sh", "-c", GUARDIAN, "trunkline-database", ...command]);
  // A session of its own: the terminal's signals do not reach it.
  const child = spawn(file, args, {
    ...options,
    cwd: "/",
    detached: true,
    env: serverEnvironment(),
    stdio: ["pipe", "pipe", "pipe"],
  });
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lastLines.push(line);
      if (lastLines.length > 10) lastLines.shift();
      onLine(line);
    });
  }
  let over = false;
  const ended = exitOf(child).then((how) => {
    over = true;
    return [how, ...lastLines].join("\n  ");
  });
  // The pipe breaks when the guardian ends first: that is reported by its end.
  child.stdin.on("error", () => undefined);
  return { ended, hasEnded: () => over, release: () => child.stdin.end() };
}

/** PATH for finding setpriv and sh; a fixed language and time zone. */
export function serverEnvironment(): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "/usr/bin:/bin:/usr/sbin:/sbin", LC_ALL: "C", TZ: "UTC" };
}

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(`it could not be started: ${error.message}`));
    child.once("exit", (code, signal) => {
      const how = signal === null ? `exit code ${code}` : `killed by ${signal}`;
      // "close" comes when the last output has been read; never, while a server outlives its killed guardian.
      const timer = setTimeout(() => resolve(how), OUTPUT_PATIENCE_MS);
      child.once("close", () => {
        clearTimeout(timer);
        resolve(how);
      });
    });
  });
}
