// Incoming hooks: made, changed and deleted, each with its audit row in the same transaction. A platform's calls follow a
// change within a second, in every process.

import { randomUUID } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { AccountStatus } from "../core/accounts/account.ts";
import type { Sealer } from "../core/credentials/seal.ts";
import { GatewayError } from "../core/errors.ts";
import type { AccountSid, Uuid } from "../core/ids.ts";
import { lockAccountRow } from "../store/accounts.ts";
import { writeAudit } from "../store/audit.ts";
import type { Database, Queryable } from "../store/database.ts";
import {
  deleteIncomingHook,
  findCalledHook,
  findIncomingHook,
  type IncomingHook,
  listIncomingHooks,
  saveIncomingHook,
} from "../store/incoming-hooks.ts";

export interface HookActor {
  readonly accountSid: AccountSid;
  readonly actor: string;
}

/** What is absent stays as it is; of a new hook: no key, signed calls only. */
export interface HookSettings {
  readonly name?: string | undefined;
  /** Null: forgotten. */
  readonly signingKey?: string | null | undefined;
  readonly unsigned?: boolean | undefined;
}

export type CalledHook = IncomingHook & { readonly accountStatus: AccountStatus };

export interface IncomingHooks {
  list(accountSid: AccountSid): Promise<IncomingHook[]>;
  /** Rejects with `not-found`. */
  get(accountSid: AccountSid, id: Uuid): Promise<IncomingHook>;
  /** Rejects with `too-many-keys`. */
  create(actor: HookActor, platform: IncomingHook["platform"], settings: HookSettings): Promise<IncomingHook>;
  change(actor: HookActor, id: Uuid, settings: HookSettings): Promise<IncomingHook>;
  remove(actor: HookActor, id: Uuid): Promise<void>;
  /** By its id alone; up to a second old. Null: there is none. */
  called(id: Uuid): Promise<CalledHook | null>;
}

const hooksMax = 100;
const memory = { max: 10_000, ttl: 1000 };

export function createIncomingHooks(deps: { readonly db: Database; readonly sealer: Sealer }): IncomingHooks {
  const { db, sealer } = deps;
  const remembered = new LRUCache<Uuid, CalledHook>({
    ...memory,
    fetchMethod: async (id) => (await findCalledHook(db, sealer, id)) ?? undefined,
  });

  async function existing(tx: Queryable, accountSid: AccountSid, id: Uuid): Promise<IncomingHook> {
    const hook = await findIncomingHook(tx, sealer, accountSid, id);
    if (hook === null) throw new GatewayError("not-found", "The account has no such incoming hook.");
    return hook;
  }

  return {
    list: (accountSid) => listIncomingHooks(db, sealer, accountSid),
    get: (accountSid, id) => existing(db, accountSid, id),
    create: (actor, platform, { name = "", signingKey = null, unsigned = false }) =>
      db.transaction(async (tx) => {
        const { accountSid } = actor;
        await lockAccountRow(tx, accountSid);
        if ((await listIncomingHooks(tx, sealer, accountSid)).length >= hooksMax) {
          throw new GatewayError(
            "too-many-keys",
            `An account has at most ${hooksMax} incoming hooks: delete one first.`,
          );
        }
        const id = randomUUID() as Uuid;
        await saveIncomingHook(tx, sealer, { accountSid, id, platform, name, signingKey, unsigned });
        const after = await existing(tx, accountSid, id);
        await audit(tx, actor, "created", { before: null, after });
        return after;
      }),
    change: (actor, id, settings) =>
      db.transaction(async (tx) => {
        await lockAccountRow(tx, actor.accountSid);
        const before = await existing(tx, actor.accountSid, id);
        const { name = before.name, signingKey = before.signingKey, unsigned = before.unsigned } = settings;
        await saveIncomingHook(tx, sealer, { ...before, name, signingKey, unsigned });
        const after = await existing(tx, actor.accountSid, id);
        await audit(tx, actor, "updated", { before, after });
        remembered.delete(id);
        return after;
      }),
    remove: (actor, id) =>
      db.transaction(async (tx) => {
        await lockAccountRow(tx, actor.accountSid);
        const before = await existing(tx, actor.accountSid, id);
        await deleteIncomingHook(tx, actor.accountSid, id);
        await audit(tx, actor, "deleted", { before, after: null });
        remembered.delete(id);
      }),
    called: async (id) => (await remembered.fetch(id)) ?? null,
  };
}

interface Change {
  readonly before: IncomingHook | null;
  readonly after: IncomingHook | null;
}

async function audit(tx: Queryable, { accountSid, actor }: HookActor, verb: string, change: Change): Promise<void> {
  const { before, after } = change;
  const rekeyed = before?.signingKey !== after?.signingKey;
  const shown = (hook: IncomingHook | null) =>
    hook && { platform: hook.platform, name: hook.name, unsigned: hook.unsigned, signed: hook.signingKey !== null };
  await writeAudit(tx, {
    ...{ accountSid, actor, action: `incoming-hook.${verb}`, subject: (after ?? before)?.id ?? "" },
    before: shown(before),
    after: after && { ...shown(after), keyChanged: rekeyed },
  });
}
