// The fault rules of each account, at hand for the hot path: read from the database at most once a second per account
// and process, however many hand-overs ask at once. The counters of `every` and `times` live here, in memory: they
// count what this process hands over, and start afresh when the rules are written or the process is started.

import { LRUCache } from "lru-cache";
import type { FaultSource } from "../../carriers/sandbox/record.ts";
import type { Clock } from "../../core/clock.ts";
import { type AccountSid, newUuid, type Uuid } from "../../core/ids.ts";
import { type FaultDocument, noFaults } from "../../core/sandbox/fault-rules.ts";
import { createFaultInjector, type FaultInjector } from "../../core/sandbox/faults.ts";
import { lockAccountRow } from "../../store/accounts.ts";
import type { Database, Queryable } from "../../store/database.ts";
import { readSandboxFaults, writeSandboxFaults } from "../../store/sandbox.ts";

export interface SandboxFaults extends FaultSource {
  /** The rules as stored. */
  read(accountSid: AccountSid): Promise<FaultDocument>;
  /**
   * Replaces the rules, in force at once in this process and within a second in others. `alongside` writes in the same
   * transaction, given what the rules were before.
   */
  replace(
    accountSid: AccountSid,
    document: FaultDocument,
    alongside?: (tx: Queryable, before: FaultDocument) => Promise<void>,
  ): Promise<void>;
}

interface Cached {
  readonly version: Uuid | null;
  readonly injector: FaultInjector;
  readonly readAtMs: number;
}

const maxAgeMs = 1000;
const maxAccounts = 10_000;

export function createSandboxFaults(deps: { readonly db: Database; readonly clock: Clock }): SandboxFaults {
  const { db, clock } = deps;
  const cache = new LRUCache<AccountSid, Cached>({ max: maxAccounts });
  const loading = new Map<AccountSid, Promise<FaultInjector>>();

  async function load(accountSid: AccountSid, stillWanted: () => boolean): Promise<FaultInjector> {
    const readAtMs = clock.nowMs();
    const stored = await readSandboxFaults(db, accountSid);
    const version = stored?.version ?? null;
    const known = cache.peek(accountSid);
    const injector =
      known !== undefined && known.version === version
        ? known.injector
        : createFaultInjector(stored?.document ?? noFaults);
    if (stillWanted()) cache.set(accountSid, { version, injector, readAtMs });
    return injector;
  }

  function loadOnce(accountSid: AccountSid): Promise<FaultInjector> {
    const underWay = loading.get(accountSid);
    if (underWay !== undefined) return underWay;
    const started: Promise<FaultInjector> = load(accountSid, () => loading.get(accountSid) === started).finally(() => {
      if (loading.get(accountSid) === started) loading.delete(accountSid);
    });
    loading.set(accountSid, started);
    return started;
  }

  return {
    of(accountSid) {
      const known = cache.get(accountSid);
      const ageMs = known === undefined ? Number.POSITIVE_INFINITY : clock.nowMs() - known.readAtMs;
      return known !== undefined && ageMs < maxAgeMs ? known.injector : loadOnce(accountSid);
    },
    async read(accountSid) {
      return (await readSandboxFaults(db, accountSid))?.document ?? noFaults;
    },
    async replace(accountSid, document, alongside) {
      await db.transaction(async (tx) => {
        // One at a time, so that each is told what the one before has left.
        await lockAccountRow(tx, accountSid);
        const before = (await readSandboxFaults(tx, accountSid))?.document ?? noFaults;
        await writeSandboxFaults(tx, accountSid, { version: newUuid(), document });
        await alongside?.(tx, before);
      });
      // A read that began before the commit may still be under way with the old rules: nobody joins it or keeps it.
      loading.delete(accountSid);
      cache.delete(accountSid);
    },
  };
}
