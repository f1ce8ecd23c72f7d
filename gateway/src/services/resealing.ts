// Brings stored secrets under the first master key, so that the others can be taken away. Runs while there are several:
// at the start, and by the hour for what a process that still seals with an older key has stored meanwhile. A value is
// replaced only if it is still what was opened, so that no change is undone.

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Sealer } from "../core/credentials/seal.ts";
import { toError } from "../core/errors.ts";
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

interface Tally {
  readonly resealed: number;
  /** Changed meanwhile, or not to be opened. */
  readonly left: number;
}

const everyMs = 3_600_000;
const valuesPerStatementMax = 200;

/** Needed only where there is more than one master key. */
export function createResealing({ db, sealer, log }: ResealingDeps): Service {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  /** None: it cannot be opened, which must not keep the others from being sealed anew. */
  function resealedOf(
    place: SealedPlace,
    value: SealedValue,
  ): readonly [SealedValue & { readonly resealed: Buffer }] | [] {
    const context = place.contextOf(value.accountId, value.id);
    try {
      return [{ ...value, resealed: sealer.seal(sealer.open(value.sealed, context), context) }];
    } catch (error) {
      const { table, column } = place;
      log.error({ err: toError(error), table, column, id: value.id }, "a stored secret cannot be opened");
      return [];
    }
  }

  async function resealPlace(place: SealedPlace): Promise<Tally> {
    const tally = { resealed: 0, left: 0 };
    let after: SealedValue | null = null;
    while (!stopping.signal.aborted) {
      const page = { header: sealer.header, after, limit: valuesPerStatementMax };
      const values: SealedValue[] = await listOtherwiseSealed(db, place, page);
      const last = values.at(-1);
      if (last === undefined) break;
      const replaced = await replaceSealedValues(
        db,
        place,
        values.flatMap((value) => resealedOf(place, value)),
      );
      tally.resealed += replaced;
      tally.left += values.length - replaced;
      after = last;
    }
    return tally;
  }

  function tell(tallies: readonly Tally[]): void {
    const resealed = tallies.reduce((sum, tally) => sum + tally.resealed, 0);
    const left = tallies.reduce((sum, tally) => sum + tally.left, 0);
    if (left > 0) log.warn({ resealed, left }, "some stored secrets are not sealed under the first master key yet");
    else log.info({ resealed }, "every stored secret is sealed under the first master key; see docs/operations.md");
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        const tallies: Tally[] = [];
        for (const place of sealedPlaces) tallies.push(await resealPlace(place));
        if (!stopping.signal.aborted) tell(tallies);
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
