// Geo permissions: the countries that an account does not send to. Asked about with every message that is accepted or
// handed over, so what an account has disabled is remembered for less than a second; the safe list is exempt.

import { LRUCache } from "lru-cache";
import { actorOf, type Principal } from "../core/access/principal.ts";
import { countryOf } from "../core/addresses/phone-number.ts";
import type { Recipient } from "../core/addresses/recipient.ts";
import { GatewayError } from "../core/errors.ts";
import type { AccountSid } from "../core/ids.ts";
import { writeAudit } from "../store/audit.ts";
import type { Database } from "../store/database.ts";
import { loadDisabledCountries, lockDisabledCountries, storeDisabledCountries } from "../store/geo-permissions.ts";
import { isSafeListed, safeListedAmong } from "../store/safe-list.ts";

export interface GeoPermissionChange {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly enabled: boolean;
}

export interface AccountRecipient {
  readonly accountSid: AccountSid;
  /** E.164 or a channel address: permissions are about numbers only. */
  readonly to: string;
}

export interface GeoPermissions {
  /** Undefined when the account may write to this recipient, which is nearly always known; else rejects with `region-not-enabled`. */
  check(accountSid: AccountSid, recipient: Recipient): Promise<void> | undefined;
  /** Which of these may not be written to, in their order. */
  disabledAmong(recipients: readonly AccountRecipient[]): Promise<boolean[]>;
  /** The disabled countries as they are stored. */
  load(accountSid: AccountSid): Promise<ReadonlySet<string>>;
  /** Applies all changes in their order, or none. Holds in this process at once, in others within a second. */
  change(
    caller: { readonly accountSid: AccountSid; readonly principal: Principal },
    changes: readonly GeoPermissionChange[],
  ): Promise<void>;
}

const rememberedMsMax = 900;
const rememberedMax = 10_000;

export function createGeoPermissions({ db }: { readonly db: Database }): GeoPermissions {
  const memory = createMemory((accounts) => loadDisabledCountries(db, accounts));

  async function refuseUnlessListed(accountSid: AccountSid, number: string): Promise<void> {
    if (await isSafeListed(db, { accountSid, number })) return;
    throw new GatewayError("region-not-enabled", "The account does not send to the country of 'To'.", {
      values: { to: number },
    });
  }

  /** One query for all that are not remembered. */
  async function recallOrLoad(accounts: readonly AccountSid[]): Promise<ReadonlyMap<AccountSid, Countries>> {
    const known = new Map(accounts.map((sid) => [sid, memory.recall(sid)] as const));
    const missing = accounts.filter((sid) => known.get(sid) === undefined);
    const loaded = missing.length === 0 ? [] : await memory.load(missing);
    const loadedOf = new Map(missing.map((sid, index) => [sid, loaded[index]] as const));
    return new Map(accounts.map((sid) => [sid, known.get(sid) ?? loadedOf.get(sid) ?? none] as const));
  }

  return {
    check(accountSid, recipient) {
      if (recipient.kind !== "number" || recipient.country === null) return undefined;
      const { country, e164 } = recipient;
      const known = memory.recall(accountSid);
      if (known !== undefined) return known.has(country) ? refuseUnlessListed(accountSid, e164) : undefined;
      return memory
        .load([accountSid])
        .then(([disabled = none]) => (disabled.has(country) ? refuseUnlessListed(accountSid, e164) : undefined));
    },
    async disabledAmong(recipients) {
      const disabledOf = await recallOrLoad([...new Set(recipients.map(({ accountSid }) => accountSid))]);
      const concerned = recipients.filter(({ accountSid, to }) => {
        const disabled = disabledOf.get(accountSid);
        return disabled !== undefined && disabled.size > 0 && disabled.has(countryOf(to) ?? "");
      });
      const listed = await safeListedAmong(
        db,
        concerned.map(({ accountSid, to }) => ({ accountSid, number: to })),
      );
      const refused = new Set(concerned.filter((_, index) => listed[index] !== true));
      return recipients.map((recipient) => refused.has(recipient));
    },
    load: async (accountSid) => (await loadDisabledCountries(db, [accountSid])).get(accountSid) ?? none,
    async change(caller, changes) {
      await storeChanges(db, caller, changes);
      memory.forget(caller.accountSid);
    },
  };
}

function storeChanges(
  db: Database,
  { accountSid, principal }: { readonly accountSid: AccountSid; readonly principal: Principal },
  changes: readonly GeoPermissionChange[],
): Promise<void> {
  return db.transaction(async (tx) => {
    const before = await lockDisabledCountries(tx, accountSid);
    const after = new Set(before);
    for (const { country, enabled } of changes) {
      if (enabled) after.delete(country);
      else after.add(country);
    }
    if (before.symmetricDifference(after).size === 0) return;
    await storeDisabledCountries(tx, accountSid, after);
    await writeAudit(tx, {
      accountSid,
      actor: actorOf(principal),
      action: "geo-permissions.updated",
      subject: accountSid,
      before: { disabledCountries: [...before].sort() },
      after: { disabledCountries: [...after].sort() },
    });
  });
}

type Countries = ReadonlySet<string>;
const none: Countries = new Set();

/** What was loaded a moment ago. A load that began before forget() is not remembered: it may have seen what is no longer so. */
function createMemory(load: (accounts: readonly AccountSid[]) => Promise<ReadonlyMap<AccountSid, Countries>>) {
  const remembered = new LRUCache<AccountSid, Countries>({ max: rememberedMax, ttl: rememberedMsMax });
  const loading = new Map<AccountSid, Promise<Countries>>();

  function begin(accounts: readonly AccountSid[]): void {
    const all = load(accounts);
    for (const accountSid of accounts) {
      const loaded = all.then(
        (found) => {
          const countries = found.get(accountSid) ?? none;
          if (end(accountSid, loaded)) remembered.set(accountSid, countries);
          return countries;
        },
        (error: unknown) => {
          end(accountSid, loaded);
          throw error;
        },
      );
      loading.set(accountSid, loaded);
    }
  }

  /** Is this still the load that counts? */
  function end(accountSid: AccountSid, loaded: Promise<Countries>): boolean {
    return loading.get(accountSid) === loaded && loading.delete(accountSid);
  }

  return {
    recall: (accountSid: AccountSid): Countries | undefined => remembered.get(accountSid),
    /** In their order; those that are being loaded already are waited for. */
    load(accounts: readonly AccountSid[]): Promise<Countries[]> {
      const missing = accounts.filter((accountSid) => !loading.has(accountSid));
      if (missing.length > 0) begin(missing);
      return Promise.all(accounts.map((accountSid) => loading.get(accountSid) ?? none));
    },
    forget(accountSid: AccountSid): void {
      remembered.delete(accountSid);
      loading.delete(accountSid);
    },
  };
}
