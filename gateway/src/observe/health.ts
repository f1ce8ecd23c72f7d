// Whether the gateway is fit to work: does the database answer, are the migrations done, is the process draining?
// One small probe runs twice a second, so that an outage shows within two seconds and ends by itself.
// The probe must never pile up connections: at most one is under way.

import type { Logger } from "pino";
import type { Clock } from "../core/clock.ts";
import { toError } from "../core/errors.ts";
import type { Service } from "../services/service.ts";
import type { Queryable } from "../store/database.ts";

const probeEveryMs = 500;
const probeTimeoutMs = 1_000;
/** A probe that never came back is given up after this long, and another one is tried. */
const probeAbandonedMs = 5_000;

/** The switches that the listener and the metrics read; plain fields, because they are read for every request. */
export interface HealthState {
  readonly draining: boolean;
  readonly databaseUp: boolean;
}

export interface Health extends Service, HealthState {
  /** The schema is in place: readiness now depends on the database alone. */
  markMigrated(): void;
  /** From here on new requests are refused and readiness is gone. There is no way back. */
  markDraining(): void;
  /** Why the gateway is not ready; empty when it is. */
  problems(): readonly string[];
}

export interface HealthDeps {
  readonly db: Queryable;
  readonly clock: Clock;
  readonly log: Logger;
}

export function createHealth({ db, clock, log }: HealthDeps): Health {
  const state = { draining: false, databaseUp: false, migrated: false };
  let timer: NodeJS.Timeout | undefined;
  let probeStartedMs: number | null = null;

  function setDatabaseUp(up: boolean, cause?: unknown): void {
    if (state.databaseUp === up) return;
    state.databaseUp = up;
    if (up) log.info("database answers");
    else log.warn({ err: toError(cause) }, "database does not answer");
  }

  async function probe(): Promise<void> {
    const nowMs = clock.nowMs();
    if (probeStartedMs !== null) {
      const waitingMs = nowMs - probeStartedMs;
      if (waitingMs >= probeTimeoutMs) setDatabaseUp(false, new Error(`no answer for ${waitingMs} ms`));
      if (waitingMs < probeAbandonedMs) return;
    }
    probeStartedMs = nowMs;
    try {
      await db.query("select 1");
      if (probeStartedMs === nowMs) setDatabaseUp(true);
    } catch (thrown) {
      if (probeStartedMs === nowMs) setDatabaseUp(false, thrown);
    } finally {
      if (probeStartedMs === nowMs) probeStartedMs = null;
    }
  }

  return {
    name: "health",
    get draining() {
      return state.draining;
    },
    get databaseUp() {
      return state.databaseUp;
    },
    markMigrated() {
      state.migrated = true;
    },
    markDraining() {
      state.draining = true;
    },
    problems() {
      const problems: string[] = [];
      if (state.draining) problems.push("draining");
      if (!state.databaseUp) problems.push("database does not answer");
      if (!state.migrated) problems.push("migrations are not done");
      return problems;
    },
    async start() {
      await probe();
      timer = setInterval(() => void probe(), probeEveryMs);
    },
    async stop() {
      clearInterval(timer);
    },
  };
}
