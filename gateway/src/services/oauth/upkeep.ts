// Keeps the authorization server tidy: rotates its signing keys when they are due, drops what has expired. Runs by the hour;
// several processes may do it at once.

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Clock } from "../../core/clock.ts";
import { toError } from "../../core/errors.ts";
import type { Queryable } from "../../store/database.ts";
import { dropExpiredOidcRecords } from "../../store/oidc-records.ts";
import type { Service } from "../service.ts";
import type { SigningKeys } from "./signing-keys.ts";

export interface OauthUpkeepDeps {
  readonly db: Queryable;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signingKeys: SigningKeys;
}

const everyMs = 3_600_000;
const recordsPerStatementMax = 10_000;

export function createOauthUpkeep({ db, clock, log, signingKeys }: OauthUpkeepDeps): Service {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function dropExpired(): Promise<void> {
    let dropped: number;
    do {
      dropped = await dropExpiredOidcRecords(db, new Date(clock.nowMs()), recordsPerStatementMax);
    } while (dropped === recordsPerStatementMax && !stopping.signal.aborted);
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await signingKeys.rotate();
        await dropExpired();
      } catch (error) {
        log.warn({ err: toError(error) }, "the upkeep of the authorization server failed; trying again in an hour");
      }
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  return {
    name: "oauth upkeep",
    async start() {
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
