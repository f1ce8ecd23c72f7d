// Checks a provider against its upstream and synchronises what that has to send from. What is found becomes the provider's
// health; nothing that the upstream does makes it throw, and no transaction is open while it is asked.

import type { Logger } from "pino";
import type { CarrierProvider } from "../../carriers/carrier.ts";
import type { Upstream, UpstreamFailure, UpstreamSender } from "../../carriers/upstream.ts";
import type { Clock } from "../../core/clock.ts";
import { isDatabaseAway, toError } from "../../core/errors.ts";
import type { ProviderHealth, ProviderKind, ProviderWithSecrets } from "../../core/providers/provider.ts";
import type { Database } from "../../store/database.ts";
import { type ProviderFinding, storeProviderFinding } from "../../store/provider-health.ts";
import { holdProvider, scheduleProviderCheck } from "../../store/providers.ts";
import { adoptUpstreamSenders, replaceUpstreamSenders } from "../../store/upstream-senders.ts";

export interface CheckDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly upstreams: Readonly<Partial<Record<ProviderKind, Upstream>>>;
  /** Aborted when the process stops: what an upstream answers then is no finding. */
  readonly stopping: AbortSignal;
}

/** How long an upstream may take for all its answers. */
const checkTimeoutMs = 20_000;
/** How soon a provider is checked again: a good one, and a bad one (whose upstream may be back). */
export const againMs = { good: 15 * 60_000, bad: 2 * 60_000 };

/** Only asks. Null: a kind of provider that has nobody to ask (the sandbox). */
export async function askUpstream(
  { upstreams, clock, stopping }: CheckDeps,
  provider: CarrierProvider,
  checkedBy: ProviderHealth["checkedBy"],
): Promise<ProviderFinding | null> {
  const upstream = upstreams[provider.kind];
  if (upstream === undefined) return null;
  const answer = await upstream.check(provider, inTime(stopping));
  if (stopping.aborted) return null;
  const checked = { checkedAt: new Date(clock.nowMs()), checkedBy };
  if (answer.kind === "failure") return { ...findingOf(answer), ...checked };
  const { friendlyName, status, type, warnings } = answer.value;
  return { state: "ok", code: null, reason: null, warnings, upstream: { friendlyName, status, type }, ...checked };
}

function inTime(stopping: AbortSignal): AbortSignal {
  return AbortSignal.any([AbortSignal.timeout(checkTimeoutMs), stopping]);
}

function findingOf({ state, code, reason }: UpstreamFailure) {
  return { state, code, reason, warnings: [], upstream: {} };
}

/** Asks, stores what was found, and synchronises the senders of a good provider. Null: nothing to check, or it is gone. */
export async function checkProvider(
  deps: CheckDeps,
  provider: ProviderWithSecrets,
  checkedBy: ProviderHealth["checkedBy"],
): Promise<ProviderHealth | null> {
  const finding = await askUpstream(deps, provider, checkedBy);
  if (finding === null) return null;
  const isGood = finding.state === "ok";
  const failure = isGood || lacksSender(finding) ? await synchronise(deps, provider) : null;
  const isFailed = isGood && failure !== null;
  const health = await storeFinding(deps, provider, isFailed ? { ...finding, ...findingOf(failure) } : finding);
  const afterMs = health?.state === "ok" ? againMs.good : againMs.bad;
  await scheduleProviderCheck(deps.db, provider, new Date(deps.clock.nowMs() + afterMs));
  return health;
}

const senderMissingCodes: readonly (number | null)[] = [21606, 21701];

/** The upstream account is there, but not the number or messaging service to send from: what else it has is to be known. */
function lacksSender({ state, code }: ProviderFinding): boolean {
  return state === "misconfigured" && senderMissingCodes.includes(code);
}

async function synchronise(deps: CheckDeps, provider: ProviderWithSecrets): Promise<UpstreamFailure | null> {
  const upstream = deps.upstreams[provider.kind];
  const answer = await upstream?.listSenders(provider, inTime(deps.stopping));
  if (answer === undefined || deps.stopping.aborted) return null;
  // An account that may send but not list its numbers (a restricted key) is good for what matters.
  if (answer.kind === "failure") return answer.state === "rejected" ? null : answer;
  try {
    await storeSenders(deps, provider, answer.value);
    return null;
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    // What was found out about the credentials is to be known all the same.
    const { accountSid, id: providerId } = provider;
    deps.log.error({ err: toError(error), accountSid, providerId }, "an upstream's senders could not be stored");
    const reason = "what the upstream has to send from cannot be stored";
    return { kind: "failure", state: "misconfigured", code: null, reason, maybeDone: false };
  }
}

async function storeSenders(
  { db, clock }: CheckDeps,
  { accountSid, id: providerId }: ProviderWithSecrets,
  senders: readonly UpstreamSender[],
): Promise<void> {
  const distinct = [...new Map(senders.map((sender) => [sender.sid, sender])).values()];
  await db.transaction(async (tx) => {
    if (!(await holdProvider(tx, { accountSid, id: providerId }))) return;
    await replaceUpstreamSenders(tx, { accountSid, providerId }, distinct, new Date(clock.nowMs()));
    await adoptUpstreamSenders(tx, accountSid, providerId);
  });
}

/** Says in the log when a provider's state has changed. */
export async function storeFinding(
  { db, log }: Pick<CheckDeps, "db" | "log">,
  { accountSid, id }: Pick<CarrierProvider, "accountSid" | "id">,
  finding: ProviderFinding,
): Promise<ProviderHealth | null> {
  const stored = await storeProviderFinding(db, accountSid, id, finding);
  if (stored === null) return null;
  const { health, before } = stored;
  if (health.state !== before) {
    const line = { accountSid, providerId: id, state: health.state, code: health.code, reason: health.reason };
    if (health.state === "ok") log.info(line, "a provider's credentials are good");
    else log.warn(line, "a provider's check failed");
  }
  return health;
}
