// Keeps a server running: starts it, starts another one when it dies, and ends it for good when told to stop.

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { EmbeddedConnection } from "./cluster.ts";
import type { GuardedServer } from "./guardian.ts";
import { readPostmasterFile, stopOrphan, stopServer } from "./orphan.ts";
import { untilReady } from "./readiness.ts";

const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5000;
const HEALTHY_AFTER_MS = 30_000;
/** The gateway has 15 s in all. */
const STOP_PATIENCE_MS = 8000;

export interface SupervisorOptions {
  readonly data: string;
  readonly connection: EmbeddedConnection;
  readonly launch: () => GuardedServer;
  readonly log: Logger;
}

/** Resolves when the first server is ready; then starts another one whenever it dies, until stopped. */
export async function supervise(options: SupervisorOptions): Promise<{ stop(): Promise<void> }> {
  const { data, connection, launch, log } = options;
  const stopping = new AbortController();
  let server = launch();
  try {
    await untilReady(connection, server, log);
  } catch (error) {
    await endServer(server, data);
    throw error;
  }

  async function restart(lastWords: string): Promise<void> {
    log.error({ lastWords }, "the database server ended; starting it again");
    try {
      await stopOrphan(data, log);
      if (stopping.signal.aborted) return;
      server = launch();
      await untilReady(connection, server, log);
      log.info("the database runs again");
    } catch (error) {
      if (!stopping.signal.aborted) log.error({ err: error }, "the database server did not start");
    }
  }

  async function watch(): Promise<void> {
    let failures = 0;
    let startedAt = Date.now();
    for (;;) {
      const lastWords = await server.ended;
      failures = Date.now() - startedAt > HEALTHY_AFTER_MS ? 0 : failures + 1;
      // At once the first time.
      if (failures > 1) await pause(Math.min(FIRST_BACKOFF_MS * 2 ** failures, LONGEST_BACKOFF_MS), stopping.signal);
      if (stopping.signal.aborted) return;
      startedAt = Date.now();
      await restart(lastWords);
    }
  }

  const watching = watch();
  let stopped: Promise<void> | undefined;
  async function stop(): Promise<void> {
    stopping.abort();
    await endServer(server, data);
    await watching;
  }
  return {
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

async function endServer(server: GuardedServer, data: string): Promise<void> {
  server.release();
  const patience = new AbortController();
  await Promise.race([server.ended, pause(STOP_PATIENCE_MS, patience.signal)]);
  patience.abort();
  // Still there, or alive without its guardian.
  const file = await readPostmasterFile(data);
  if (file !== undefined) await stopServer(file.pid, data);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
