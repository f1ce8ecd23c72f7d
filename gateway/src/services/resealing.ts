// Brings stored secrets under the first master key, so that the others can be taken away. Runs while there are several:
// at the start, and by the hour for what a process that still seals with an older key has stored meanwhile. A value is
// replaced only if it is still what was opened, so that no change is undone.

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Sealer } from "../core/credentials/seal.ts";
import { toError } from "../core/errors.ts";
import type { Uuid } from "../core/ids.ts";
import type { Queryable } from "../store/database.ts";
import {
  listOtherwiseSealed,
  replaceSealedValues,
  type SealedPlace,
  type SealedValue,
  sealedPlaces,
} from "../store/sealed-values.ts";
import { partialService, type Service } from "./service.ts";

export interface ResealingDeps {
  readonly db: Queryable;
  readonly sealer: Sealer;
  readonly log: Logger;
}

const everyMs = 3_600_000;
const valuesPerStatementMax = 200;

/** Needed only where there is more than one master key. */
export function createResealing({ db, sealer, log }: ResealingDeps): Service {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function resealPlace(place: SealedPlace): Promise<number> {
    let [resealed, after]: [number, Uuid | null] = [0, null];
    while (!stopping.signal.aborted) {
      const page = { header: sealer.header, after, limit: valuesPerStatementMax };
      const values: SealedValue[] = await listOtherwiseSealed(db, place, page);
      const last = values.at(-1);
      if (last === undefined) break;
      resealed += await replaceSealedValues(
        db,
        place,
        values.map((value) => {
          const context = place.contextOf(value.accountId, value.id);
          return { ...value, resealed: sealer.seal(sealer.open(value.sealed, context), context) };
        }),
      );
      after = last.id;
    }
    return resealed;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        let resealed = 0;
        for (const place of sealedPlaces) resealed += await resealPlace(place);
        if (!stopping.signal.aborted) {
          log.info({ resealed }, "every stored secret is sealed under the first master key; see docs/operations.md");
        }
      } catch (error) {
        log.warn({ err: toError(error) }, "stored secrets could not be sealed anew; trying again in an hour");
      }
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  return partialService("resealing", {
    async start() {
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  });
}
