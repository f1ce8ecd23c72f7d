// The one provider store: made, changed, ordered, deleted under the lock of its account's chain, each with its audit row in
// the same transaction. Upstreams are asked outside of it.

import { isDeepStrictEqual } from "node:util";
import { parseSender } from "../../core/addresses/sender.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import { GatewayError, toError } from "../../core/errors.ts";
import { type AccountSid, newUuid, type Uuid } from "../../core/ids.ts";
import { checkDraft, type Draft } from "../../core/providers/draft.ts";
import type { Provider, ProviderWithSecrets } from "../../core/providers/provider.ts";
import { lockFallbackChain, setFallbackChain } from "../../store/accounts.ts";
import { writeAudit } from "../../store/audit.ts";
import type { Queryable } from "../../store/database.ts";
import { loadProviderHealth } from "../../store/provider-health.ts";
import {
  deleteProvider,
  findProvider,
  insertProvider,
  loadProviders,
  scheduleProviderCheck,
  touchProviders,
  updateProvider,
} from "../../store/providers.ts";
import { insertSender } from "../../store/senders.ts";
import { listUpstreamSenders, releaseSenders } from "../../store/upstream-senders.ts";
import type { CreateOptions, ProviderChange, Providers } from "../providers.ts";
import { askUpstream, type CheckDeps, checkProvider, storeFinding } from "./check-provider.ts";

export interface ProvidersDeps extends CheckDeps {
  readonly sealer: Sealer;
}

/** How long saving waits for the check that follows. */
const checkWaitMs = 2000;
const flagRecheckMs = 60_000;

export function createProviders(deps: ProvidersDeps): Providers {
  const { db, sealer, clock } = deps;
  const get = (accountSid: AccountSid, id: string) => existing(deps, db, accountSid, id);

  return {
    list: (accountSid) => loadProviders(db, sealer, accountSid),
    get,
    create: (accountSid, actor, draft, options = {}) => create(deps, { accountSid, actor }, draft, options),
    change: (accountSid, actor, id, change, options = {}) => {
      const decide = typeof change === "function" ? change : () => change;
      return changeProvider(deps, { accountSid, actor }, id, { decide, check: options.check });
    },
    remove: (accountSid, actor, id) => db.transaction((tx) => remove(deps, tx, { accountSid, actor }, id)),
    async setChain(accountSid, actor, ids) {
      await db.transaction(async (tx) => {
        const before = await lockFallbackChain(tx, accountSid);
        const after = await chainOf(deps, tx, accountSid, ids);
        await writeChain(tx, { accountSid, actor }, before, after);
      });
      return await loadProviders(db, sealer, accountSid);
    },
    activate: (accountSid, actor, id) =>
      db.transaction(async (tx) => {
        const before = await lockFallbackChain(tx, accountSid);
        const { id: head } = await existing(deps, tx, accountSid, id);
        if (before[0] === head) return false;
        await writeChain(tx, { accountSid, actor }, before, [head, ...before.filter((other) => other !== head)]);
        return true;
      }),
    deactivate: (accountSid, actor, id) =>
      db.transaction(async (tx) => {
        const before = await lockFallbackChain(tx, accountSid);
        const { id: head } = await existing(deps, tx, accountSid, id);
        if (before[0] !== head) return false;
        await writeChain(tx, { accountSid, actor }, before, before.slice(1));
        return true;
      }),
    async check(accountSid, id) {
      const provider = await get(accountSid, id);
      const health = await checkProvider(deps, provider, "request");
      if (health === null) throw new GatewayError("not-found", "This provider has nothing to be checked.");
      return health;
    },
    healthOf: (accountSid, ids) => loadProviderHealth(db, accountSid, ids),
    upstreamSendersOf: (accountSid, id) => listUpstreamSenders(db, accountSid, id),
    async flag(accountSid, id, code, reason) {
      const now = new Date(clock.nowMs());
      const finding = { state: "rejected", code, reason, warnings: [], upstream: {}, checkedAt: now } as const;
      await storeFinding(deps, { accountSid, id }, { ...finding, checkedBy: "dispatch" });
      // The upstream is asked again soon: it may have been a passing fault.
      await scheduleProviderCheck(db, { accountSid, id }, new Date(now.getTime() + flagRecheckMs));
    },
  };
}

interface Caller {
  readonly accountSid: AccountSid;
  readonly actor: string;
}

async function existing(
  { sealer }: ProvidersDeps,
  db: Queryable,
  accountSid: AccountSid,
  id: string,
): Promise<ProviderWithSecrets> {
  const provider = await findProvider(db, sealer, accountSid, id);
  if (provider === null) throw new GatewayError("not-found", `The account has no provider ${id}.`);
  return provider;
}

/** Throws `invalid-parameter` with all that is wrong, by field. */
function checked<D extends Draft>(draft: D): D {
  const result = checkDraft(draft);
  if (!("problems" in result)) return { ...draft, ...result };
  const details = result.problems.map((problem) => ({ in: "body", ...problem }));
  const message = details.map((detail) => `${detail.field}: ${detail.message}`).join("; ");
  throw new GatewayError("invalid-parameter", message, { values: { details: JSON.stringify(details) } });
}

async function create(
  deps: ProvidersDeps,
  caller: Caller,
  given: Parameters<Providers["create"]>[2],
  options: CreateOptions,
): Promise<Provider> {
  const { db, sealer, clock } = deps;
  const { accountSid, actor } = caller;
  const draft = checked(given);
  const id = options.id ?? newUuid();
  if (options.check === "require") await demandGood(deps, { accountSid, id, ...draft });
  await db.transaction(async (tx) => {
    const chain = await lockFallbackChain(tx, accountSid);
    const checkDueAt = draft.kind === "sandbox" ? null : new Date(clock.nowMs());
    if (!(await insertProvider(tx, sealer, { ...draft, accountSid, id, checkDueAt }))) {
      throw new GatewayError("conflict", `There is a provider ${id} already.`);
    }
    const { kind, name, config } = draft;
    const audit = { accountSid, actor, subject: id, before: null };
    await writeAudit(tx, { ...audit, action: "provider.created", after: { kind, name, config } });
    await adoptFromNumber(tx, accountSid, id, config);
    if (options.chain === "head") await writeChain(tx, caller, chain, [id, ...chain]);
    if (options.chain === "end") await writeChain(tx, caller, chain, [...chain, id]);
  });
  return await afterSaving(deps, accountSid, id, options.check);
}

/** Rejects with `upstream-rejected` unless the upstream takes the credentials, or cannot be asked. */
async function demandGood(deps: ProvidersDeps, provider: Parameters<typeof askUpstream>[1]): Promise<void> {
  const finding = await askUpstream(deps, provider, "save");
  if (finding?.state !== "rejected") return;
  throw new GatewayError("upstream-rejected", `The provider refuses these credentials: ${finding.reason}`, {
    values: { upstreamCode: String(finding.code ?? ""), reason: finding.reason ?? "" },
  });
}

/** The provider as it is stored; checked by then, or its check goes on by itself. */
async function afterSaving(
  deps: ProvidersDeps,
  accountSid: AccountSid,
  id: Uuid,
  check: CreateOptions["check"],
): Promise<Provider> {
  const { db, log } = deps;
  const provider = await existing(deps, db, accountSid, id);
  if (check === "skip" || provider.kind === "sandbox") return provider;
  const checking = checkProvider(deps, provider, "save").catch((error: unknown) => {
    // It stays due: the schedule checks it.
    log.warn({ err: toError(error), accountSid, providerId: id }, "a provider could not be checked");
  });
  await Promise.race([checking, waited(checkWaitMs)]);
  return provider;
}

function waited(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

/** What a provider sends from is a sender of the account, unless another provider has it. */
async function adoptFromNumber(
  tx: Queryable,
  accountSid: AccountSid,
  providerId: Uuid,
  config: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { fromNumber } = config;
  const sender = typeof fromNumber === "string" ? parseSender(fromNumber) : null;
  if (sender === null || sender.kind === "channel" || sender.kind === "service") return;
  const { kind, address } = sender;
  await insertSender(tx, { id: newUuid(), accountSid, kind, address, providerId, friendlyName: address });
}

async function changeProvider(
  deps: ProvidersDeps,
  caller: Caller,
  id: string,
  {
    decide,
    check,
  }: { readonly decide: (provider: ProviderWithSecrets) => ProviderChange; readonly check: CreateOptions["check"] },
): Promise<Provider> {
  const { db, sealer, clock } = deps;
  const { accountSid, actor } = caller;
  if (check === "require") {
    const before = await existing(deps, db, accountSid, id);
    await demandGood(deps, checked(changed(before, decide(before))));
  }
  const after = await db.transaction(async (tx) => {
    await lockFallbackChain(tx, accountSid);
    const before = await existing(deps, tx, accountSid, id);
    const next = checked(changed(before, decide(before)));
    const reaches = !isDeepStrictEqual([before.config, before.secrets], [next.config, next.secrets]);
    const dueAt = next.kind === "sandbox" ? null : new Date(clock.nowMs());
    await updateProvider(tx, sealer, next, dueAt);
    await writeAudit(tx, {
      accountSid,
      actor,
      action: "provider.updated",
      subject: before.id,
      before: audited(before),
      after: { ...audited(next), secretsChanged: changedKeys(before.secrets, next.secrets) },
    });
    await adoptFromNumber(tx, accountSid, next.id, next.config);
    return { id: next.id, reaches };
  });
  return await afterSaving(deps, accountSid, after.id, after.reaches ? check : "skip");
}

function changed(before: ProviderWithSecrets, change: ProviderChange): ProviderWithSecrets {
  const { name = before.name, config = before.config } = change;
  const secrets = merged(before.secrets, change.secrets ?? {}) as Record<string, string>;
  return { ...before, name, config, secrets, dialects: merged(before.dialects, change.dialects ?? {}) };
}

/** Absent keys stay, null removes. */
function merged(before: Readonly<Record<string, unknown>>, change: Readonly<Record<string, unknown>>) {
  const all = { ...before, ...change };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null && value !== undefined));
}

function audited({ name, config }: Provider): Record<string, unknown> {
  return { name, config };
}

/** Which secrets are others now: their names are no secret. */
function changedKeys(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => before[name] !== after[name]).sort();
}

async function remove(deps: ProvidersDeps, tx: Queryable, caller: Caller, id: string): Promise<void> {
  const { accountSid, actor } = caller;
  const chain = await lockFallbackChain(tx, accountSid);
  const provider = await existing(deps, tx, accountSid, id);
  if (provider.builtIn) {
    throw new GatewayError("conflict", "The built-in sandbox cannot be deleted; take it out of the fallback chain.");
  }
  if (provider.chainPosition !== null) {
    const rest = chain.filter((other) => other !== provider.id);
    await writeChain(tx, caller, chain, rest);
  }
  const senders = await releaseSenders(tx, accountSid, provider.id);
  await deleteProvider(tx, accountSid, provider.id);
  const { kind } = provider;
  await writeAudit(tx, {
    accountSid,
    actor,
    action: "provider.deleted",
    subject: provider.id,
    before: { kind, ...audited(provider), senders },
    after: null,
  });
}

async function chainOf(
  { sealer }: ProvidersDeps,
  tx: Queryable,
  accountSid: AccountSid,
  ids: readonly string[],
): Promise<Uuid[]> {
  const known = await loadProviders(tx, sealer, accountSid);
  const idOf = new Map(known.flatMap(({ id, number }) => [[id as string, id] as const, [number, id] as const]));
  const chain = ids.map((id) => idOf.get(id.toLowerCase()));
  const details = chain.flatMap((id, index) => {
    const field = `providers.${index}`;
    if (id === undefined) return [{ in: "body", field, message: `the account has no provider ${ids[index]}` }];
    if (chain.indexOf(id) === index) return [];
    return [{ in: "body", field, message: `the provider ${ids[index]} is in the chain twice` }];
  });
  if (details.length === 0) return chain.filter((id) => id !== undefined);
  const message = details.map((detail) => `${detail.field}: ${detail.message}`).join("; ");
  throw new GatewayError("invalid-parameter", message, { values: { details: JSON.stringify(details) } });
}

/** Providers that come to the head or leave it have changed, too. */
async function writeChain(
  tx: Queryable,
  { accountSid, actor }: Caller,
  before: readonly Uuid[],
  after: readonly Uuid[],
): Promise<void> {
  if (isDeepStrictEqual(before, after)) return;
  await setFallbackChain(tx, accountSid, after);
  const heads = new Set([before[0], after[0]].filter((id) => id !== undefined));
  if (heads.size > 1) await touchProviders(tx, accountSid, [...heads]);
  await writeAudit(tx, {
    accountSid,
    actor,
    action: "account.fallback-chain.replaced",
    subject: accountSid,
    before: { providers: before },
    after: { providers: after },
  });
}
