// Masks the recipients of messages that asked for it (AddressRetention=obfuscate) once nothing more is going to happen to
// them. Several processes may do it at once: each takes messages of its own.

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Clock } from "../../core/clock.ts";
import { toError } from "../../core/errors.ts";
import { maskRecipient, putOffMasking, takeDueMaskings } from "../../store/address-masking.ts";
import type { Database } from "../../store/database.ts";
import type { Service } from "../service.ts";

export interface AddressMaskingDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
}

const everyMs = 1000;
const messagesPerStep = 100;
/** The wait doubles from one look to the next, up to an hour. */
const firstWaitMs = 1000;
const waitMsMax = 3_600_000;

export function createAddressMasking({ db, clock, log }: AddressMaskingDeps): Service {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  /** Resolves to whether there may be more. */
  function look(): Promise<boolean> {
    const nowMs = clock.nowMs();
    return db.transaction(async (tx) => {
      const due = await takeDueMaskings(tx, new Date(nowMs), messagesPerStep);
      for (const masking of due) {
        const waits = masking.to !== null && (!masking.complete || masking.hasPendingCallback);
        const waitMs = Math.min(firstWaitMs * 2 ** masking.tries, waitMsMax);
        if (waits) await putOffMasking(tx, masking, new Date(nowMs + waitMs));
        else await maskRecipient(tx, masking);
      }
      return due.length === messagesPerStep;
    });
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        while ((await look()) && !stopping.signal.aborted);
      } catch (error) {
        log.warn({ err: toError(error) }, "addresses could not be masked; trying again");
      }
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  return {
    name: "address masking",
    async start() {
      running = loop();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
