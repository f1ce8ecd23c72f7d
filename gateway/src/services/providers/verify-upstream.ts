// Asks an upstream everything before a provider is stored: are its credentials good, and what has it to send from. For
// dialects that refuse what cannot be verified; nothing is stored here.

import type { CarrierProvider } from "../../carriers/carrier.ts";
import type { UpstreamFailure } from "../../carriers/upstream.ts";
import { GatewayError } from "../../core/errors.ts";
import type { Queryable } from "../../store/database.ts";
import { storeProviderFinding } from "../../store/provider-health.ts";
import { adoptUpstreamSenders, replaceUpstreamSenders } from "../../store/upstream-senders.ts";
import type { VerifiedUpstream } from "../providers.ts";
import type { CheckDeps } from "./check-provider.ts";

/** For all of its answers: somebody waits for them. */
const verifyTimeoutMs = 9_000;

/**
 * Which of the account's senders the provider is to use is not looked at: what there is is in the answer. Rejects with
 * `upstream-rejected`; `values.state` and `values.upstreamCode` say why.
 */
export async function verifyUpstream(
  { upstreams, clock, stopping }: CheckDeps,
  { config, ...given }: CarrierProvider,
): Promise<VerifiedUpstream> {
  const { fromNumber: _number, fromNumbers: _numbers, messagingServiceSid: _service, ...rest } = config;
  const provider = { ...given, config: rest };
  const upstream = upstreams[provider.kind];
  if (upstream === undefined) throw new GatewayError("internal", "There is no upstream to verify against.");
  const inTime = AbortSignal.any([AbortSignal.timeout(verifyTimeoutMs), stopping]);
  const account = await upstream.check(provider, inTime);
  if (account.kind === "failure") throw refused(account);
  const senders = await upstream.listSenders(provider, inTime);
  if (senders.kind === "failure") throw refused(senders);
  const distinct = [...new Map(senders.value.map((sender) => [sender.sid, sender])).values()];
  const { warnings, friendlyName, status, type } = account.value;
  const checkedAt = new Date(clock.nowMs());
  return { account: { friendlyName, status, type }, warnings, senders: distinct, checkedAt };
}

function refused({ state, code, reason }: UpstreamFailure): GatewayError {
  return new GatewayError("upstream-rejected", `The provider could not be verified: ${reason}`, {
    values: { state, upstreamCode: String(code ?? ""), reason },
  });
}

/** Stores what was verified with the provider itself: `tx` must be the transaction that stores that one. */
export async function storeVerified(
  tx: Queryable,
  { accountSid, id }: Pick<CarrierProvider, "accountSid" | "id">,
  { account, warnings, senders, checkedAt }: VerifiedUpstream,
): Promise<void> {
  const good = { state: "ok", code: null, reason: null, warnings, upstream: account } as const;
  await storeProviderFinding(tx, accountSid, id, { ...good, checkedAt, checkedBy: "save" });
  await replaceUpstreamSenders(tx, { accountSid, providerId: id }, senders, checkedAt);
  await adoptUpstreamSenders(tx, accountSid, id);
}
