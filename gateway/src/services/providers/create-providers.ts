// The one provider store: made, changed, ordered, deleted under the lock of its account's chain, each with its audit row in
// the same transaction. Upstreams are asked outside of it.

import { isDeepStrictEqual } from "node:util";
import { parseSender } from "../../core/addresses/sender.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import { GatewayError, toError } from "../../core/errors.ts";
import { type AccountSid, newUuid, type Uuid } from "../../core/ids.ts";
import { checkDraft, type Draft } from "../../core/providers/draft.ts";
import type { Provider, ProviderWithSecrets } from "../../core/providers/provider.ts";
import type { TwilioSettings } from "../../core/providers/settings.ts";
import { lockFallbackChain } from "../../store/accounts.ts";
import { writeAudit } from "../../store/audit.ts";
import type { Queryable } from "../../store/database.ts";
import { loadProviderHealth } from "../../store/provider-health.ts";
import {
  deleteProvider,
  hastenProviderCheck,
  insertProvider,
  lastProviderChange,
  loadProviders,
  scheduleProviderCheck,
  updateProvider,
} from "../../store/providers.ts";
import { insertSender } from "../../store/senders.ts";
import { listUpstreamSenders, releaseSenders } from "../../store/upstream-senders.ts";
import type { CreateOptions, ProviderChange, Providers, RemoveOptions } from "../providers.ts";
import { audited, changedUnseen } from "./audited.ts";
import { activateProvider, type Caller, deactivateProvider, existingProvider, writeChain } from "./chain.ts";
import { againMs, askUpstream, type CheckDeps, checkProvider, storeFinding } from "./check-provider.ts";
import { storeVerified, verifyUpstream } from "./verify-upstream.ts";

export interface ProvidersDeps extends CheckDeps {
  readonly sealer: Sealer;
}

/** How long saving waits for the check that follows. */
const checkWaitMs = 2000;
const flagRecheckMs = 60_000;

export function createProviders(deps: ProvidersDeps): Providers {
  const { db, sealer, clock } = deps;
  const get = (accountSid: AccountSid, id: string) => existingProvider(deps, db, accountSid, id);

  return {
    list: (accountSid) => loadProviders(db, sealer, accountSid),
    get,
    create: (accountSid, actor, draft, options = {}) => create(deps, { accountSid, actor }, draft, options),
    change: (accountSid, actor, id, change, options = {}) => {
      const decide = typeof change === "function" ? change : () => change;
      return changeProvider(deps, { accountSid, actor }, id, { ...options, decide });
    },
    remove: (accountSid, actor, id, options = {}) =>
      db.transaction((tx) => remove(deps, tx, { accountSid, actor }, { ...options, id })),
    async setChain(accountSid, actor, ids, { expected } = {}) {
      await db.transaction(async (tx) => {
        const before = await lockFallbackChain(tx, accountSid);
        if (expected !== undefined && !isDeepStrictEqual(before, expected)) {
          throw new GatewayError("conflict", "Somebody else has changed the chain meanwhile. Read it again.");
        }
        const after = await chainOf(deps, tx, accountSid, ids);
        await writeChain(tx, { accountSid, actor }, before, after);
      });
      return await loadProviders(db, sealer, accountSid);
    },
    activate: (accountSid, actor, id) => activateProvider(deps, { accountSid, actor }, id),
    deactivate: (accountSid, actor, id) => deactivateProvider(deps, { accountSid, actor }, id),
    async check(accountSid, id) {
      const provider = await get(accountSid, id);
      const health = await checkProvider(deps, provider, "request");
      if (health === null) throw new GatewayError("not-found", "This provider has nothing to be checked.");
      return health;
    },
    verify: async (accountSid, draft) => verifyUpstream(deps, { accountSid, id: newUuid(), ...checked(draft) }),
    async signingKeysOf(accountSid) {
      const all = await loadProviders(db, sealer, accountSid);
      return new Map(
        all.flatMap(({ id, secrets }) => (secrets["signingKey"] === undefined ? [] : [[id, secrets["signingKey"]]])),
      );
    },
    lastChangeOf: (accountSid) => lastProviderChange(db, accountSid),
    async verifyChange(accountSid, id, change) {
      const before = await existingProvider(deps, db, accountSid, id);
      const next = checked(changed(before, change));
      const isSame = isDeepStrictEqual([before.config, before.secrets], [next.config, next.secrets]);
      return isSame ? null : await verifyUpstream(deps, next);
    },
    healthOf: (accountSid, ids) => loadProviderHealth(db, accountSid, ids),
    upstreamSendersOf: async (accountSid, id) => (await listUpstreamSenders(db, accountSid, [id])).get(id) ?? [],
    upstreamSendersOfEach: (accountSid, ids) => listUpstreamSenders(db, accountSid, ids),
    async flag(accountSid, id, code, reason) {
      const now = new Date(clock.nowMs());
      const finding = { state: "rejected", code, reason, warnings: [], upstream: {}, checkedAt: now } as const;
      await storeFinding(deps, { accountSid, id }, { ...finding, checkedBy: "dispatch" });
      // The upstream is asked again soon: it may have been a passing fault.
      await scheduleProviderCheck(db, { accountSid, id }, new Date(now.getTime() + flagRecheckMs));
    },
    recheck: (accountSid, id) => hastenProviderCheck(db, { accountSid, id }, new Date(clock.nowMs())),
  };
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
    if (options.uniqueName === true) await demandFreeName(deps, tx, { accountSid, id, name: draft.name });
    options.admit?.(await loadProviders(tx, sealer, accountSid));
    const nowMs = clock.nowMs();
    const checkDueAt = draft.kind === "sandbox" ? null : checkDue(nowMs, options.verified);
    // An id of the caller's choice may have been that of a provider before.
    const upstreamSince = options.id === undefined ? null : new Date(nowMs);
    if (!(await insertProvider(tx, sealer, { ...draft, accountSid, id, checkDueAt, upstreamSince }))) {
      throw new GatewayError("conflict", `There is a provider ${id} already.`);
    }
    const { kind, config } = draft;
    const audit = { accountSid, actor, subject: id, before: null };
    await writeAudit(tx, { ...audit, action: "provider.created", after: { kind, ...audited(draft) } });
    await adoptFromNumbers(tx, accountSid, id, config);
    if (options.verified !== undefined) await storeVerified(tx, { accountSid, id }, options.verified);
    if (options.chain !== undefined) await joinChain(deps, tx, caller, { id, kind, chain, at: options.chain });
  });
  return await afterSaving(deps, accountSid, id, options.verified === undefined ? options.check : "skip");
}

interface Joining {
  readonly id: Uuid;
  readonly kind: Provider["kind"];
  readonly chain: readonly Uuid[];
  readonly at: "head" | "end";
}

/** The built-in sandbox leaves a chain that a real provider joins: what that could not send it would swallow. */
async function joinChain(
  { sealer }: ProvidersDeps,
  tx: Queryable,
  caller: Caller,
  { id, kind, chain, at }: Joining,
): Promise<void> {
  const all = kind === "sandbox" ? [] : await loadProviders(tx, sealer, caller.accountSid);
  const rest = chain.filter((other) => !all.some((one) => one.builtIn && one.id === other));
  await writeChain(tx, caller, chain, at === "head" ? [id, ...rest] : [...rest, id]);
}

/** What has just been verified need not be checked soon. */
function checkDue(nowMs: number, verified: CreateOptions["verified"]): Date {
  return new Date(verified === undefined ? nowMs : nowMs + againMs.good);
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
  const provider = await existingProvider(deps, db, accountSid, id);
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
async function adoptFromNumbers(
  tx: Queryable,
  accountSid: AccountSid,
  providerId: Uuid,
  config: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { fromNumber, fromNumbers } = config as Pick<TwilioSettings, "fromNumber" | "fromNumbers">;
  for (const from of [fromNumber ?? "", ...(fromNumbers ?? []).map(({ number }) => number)]) {
    const sender = parseSender(from);
    if (sender === null || sender.kind === "channel" || sender.kind === "service") continue;
    const { kind, address } = sender;
    await insertSender(tx, { id: newUuid(), accountSid, kind, address, providerId, friendlyName: address });
  }
}

interface WantedChange extends Pick<CreateOptions, "check" | "uniqueName" | "verified" | "admit"> {
  readonly decide: (provider: ProviderWithSecrets) => ProviderChange;
}

/** Rejects with `conflict`; the caller holds the chain's lock, under which every name is given. */
async function demandFreeName(
  { sealer }: ProvidersDeps,
  tx: Queryable,
  { accountSid, id, name }: Pick<Provider, "accountSid" | "id" | "name">,
): Promise<void> {
  const plain = (text: string) => text.trim().toLowerCase();
  const others = (await loadProviders(tx, sealer, accountSid)).filter((one) => one.kind !== "sandbox" && one.id !== id);
  if (!others.some((other) => plain(other.name) === plain(name))) return;
  throw new GatewayError("conflict", `There is a provider with the name ${name} already.`, {
    values: { field: "name" },
  });
}

async function changeProvider(
  deps: ProvidersDeps,
  caller: Caller,
  id: string,
  { decide, check, uniqueName, verified, admit }: WantedChange,
): Promise<Provider> {
  const { db, sealer, clock } = deps;
  const { accountSid, actor } = caller;
  if (check === "require") {
    const before = await existingProvider(deps, db, accountSid, id);
    await demandGood(deps, checked(changed(before, decide(before))));
  }
  const after = await db.transaction(async (tx) => {
    await lockFallbackChain(tx, accountSid);
    const before = await existingProvider(deps, tx, accountSid, id);
    const next = checked(changed(before, decide(before)));
    if (uniqueName === true && next.name !== before.name) await demandFreeName(deps, tx, next);
    const reaches = !isDeepStrictEqual([before.config, before.secrets], [next.config, next.secrets]);
    if (admit !== undefined) {
      admit((await loadProviders(tx, sealer, accountSid)).filter((other) => other.id !== before.id));
    }
    const now = new Date(clock.nowMs());
    const checkDueAt = next.kind === "sandbox" ? null : checkDue(now.getTime(), verified);
    await updateProvider(tx, sealer, next, { checkDueAt, now });
    await writeAudit(tx, {
      accountSid,
      actor,
      action: "provider.updated",
      subject: before.id,
      before: audited(before),
      after: { ...audited(next), changedUnseen: changedUnseen(before, next) },
    });
    await adoptFromNumbers(tx, accountSid, next.id, next.config);
    if (verified !== undefined) await storeVerified(tx, next, verified);
    return { id: next.id, reaches };
  });
  return await afterSaving(deps, accountSid, after.id, after.reaches && verified === undefined ? check : "skip");
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

async function remove(
  deps: ProvidersDeps,
  tx: Queryable,
  caller: Caller,
  { id, unlessInChain, alone }: RemoveOptions & { readonly id: string },
): Promise<Provider> {
  const { accountSid, actor } = caller;
  const chain = await lockFallbackChain(tx, accountSid);
  const provider = await existingProvider(deps, tx, accountSid, id);
  if (provider.builtIn) {
    throw new GatewayError("conflict", "The built-in sandbox cannot be deleted; take it out of the fallback chain.");
  }
  if (unlessInChain === true && provider.chainPosition !== null) {
    const position = String(provider.chainPosition + 1);
    throw new GatewayError(
      "conflict",
      `The provider is in the fallback chain, at place ${position}: take it out first.`,
      {
        values: { position },
      },
    );
  }
  if (provider.chainPosition !== null) {
    const rest = chain.filter((other) => other !== provider.id);
    await writeChain(tx, caller, chain, alone === true && chain[0] === provider.id ? [] : rest);
  }
  const senders = await releaseSenders(tx, accountSid, provider.id);
  const { sequence, removedAt } = await deleteProvider(tx, accountSid, provider.id);
  const { kind } = provider;
  await writeAudit(tx, {
    accountSid,
    actor,
    action: "provider.deleted",
    subject: provider.id,
    before: { kind, ...audited(provider), senders },
    after: null,
  });
  return { ...provider, sequence, updatedAt: removedAt };
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
