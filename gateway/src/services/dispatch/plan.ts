// What to do with one claimed message: send it, ask about an earlier attempt, or end it. Decides from facts alone.

import { countryOf } from "../../core/addresses/phone-number.ts";
import { exhaustedProviders, type RetrySettings } from "../../core/dispatch/retry.ts";
import {
  type PoolSender,
  type ProviderPool,
  picksItsSender,
  type Route,
  type RouteRequest,
  routeMessage,
  type Wait,
} from "../../core/dispatch/route.ts";
import type { Uuid } from "../../core/ids.ts";
import { isFinal } from "../../core/messages/status.ts";
import { chooseSender } from "../../core/routing/choose-sender.ts";
import { countSegments } from "../../core/segments/count.ts";
import { smartEncode } from "../../core/segments/smart-encode.ts";
import { defaultServiceSettings } from "../../core/senders/messaging-service.ts";
import type { Attempt } from "../../store/attempts.ts";
import type { ClaimedMessage } from "../../store/queue.ts";
import type { MessageFacts } from "./facts.ts";

export type Plan =
  /** Hand it over. `settled`: the row already says all that the attempt needs (sender, segments). */
  | {
      readonly kind: "send";
      readonly route: Route;
      readonly attempt: number;
      readonly body: string;
      readonly numSegments: number;
      readonly settled: boolean;
    }
  /** An earlier attempt's outcome is open: ask its provider. */
  | { readonly kind: "ask"; readonly attempt: Attempt; readonly hasNext: boolean }
  /** The providers that could take it rest, or are as busy as they may be; this is the first of them. */
  | { readonly kind: "wait"; readonly providerId: Uuid }
  /** Not now. */
  | { readonly kind: "hold"; readonly until: Date }
  /** It ends here. */
  | { readonly kind: "fail"; readonly errorCode: number }
  /** An earlier attempt came to an end after its claim had: the message is to say so. */
  | { readonly kind: "sent"; readonly attempt: Attempt }
  /** It has gone on without this queue (a report came first): only the lease is to end. */
  | { readonly kind: "release" };

export const validityExpiredCode = 30036;
const accountSuspendedCode = 30002;
const regionDisabledCode = 21408;
const optedOutCode = 21610;
const noSenderCode = 21703;
const senderGoneCode = 21606;
const queueOverflowCode = 30001;
const nothingLeftCode = 30008;

export interface PlanRules {
  readonly retry: RetrySettings;
  /** Providers that take nothing just now. */
  readonly isResting: (providerId: Uuid) => boolean;
}

export function planMessage(message: ClaimedMessage, facts: MessageFacts, rules: PlanRules): Plan {
  const last = facts.history.at(-1);
  const open = last !== undefined && (last.outcome === null || last.outcome === "unknown");
  const next = nextRoute(message, facts, rules);
  // Also when a report has come since: the attempt is to have an end, too.
  if (open) return { kind: "ask", attempt: last, hasNext: next !== null && providerOf(next) !== last.providerId };
  const route = next !== null && "from" in next ? next : null;
  if (isFinal(message.status) || message.status === "sent") return { kind: "release" };
  if (last?.outcome === "accepted" || last?.outcome === "adopted") return { kind: "sent", attempt: last };
  if (last?.outcome === "refused") return { kind: "fail", errorCode: last.errorCode ?? nothingLeftCode };
  if (message.expired) return { kind: "fail", errorCode: validityExpiredCode };
  if (!facts.account.active) return { kind: "fail", errorCode: accountSuspendedCode };
  if (facts.regionDisabled) return { kind: "fail", errorCode: regionDisabledCode };
  if (isOptedOut(message, facts, route)) return { kind: "fail", errorCode: optedOutCode };
  if (facts.protection.kind === "deny") return { kind: "fail", errorCode: facts.protection.errorCode };
  if (facts.protection.kind === "hold") return facts.protection;
  // All of a pool's queues are full, or the queue of the one sender that it may be from.
  const isFull = facts.queueIsFull === true && (next === null || poolsFor(message, facts) === null);
  if (isFull) return { kind: "fail", errorCode: queueOverflowCode };
  if (next === null) return { kind: "fail", errorCode: whyNoRoute(message, last, senderIsGone(message, facts)) };
  if (route === null) return { kind: "wait", providerId: providerOf(next) };
  return send(message, facts, route);
}

function providerOf(next: Route | Wait): Uuid {
  return "from" in next ? next.providerId : next.waitFor;
}

/**
 * An opt-out from the number that a pool has chosen counts as well as one from the service, and the other way round. One
 * from the first choice, or from what an earlier attempt was from, holds for every sender that would take its place: going
 * on to the next provider must not get around it.
 */
function isOptedOut(message: ClaimedMessage, facts: MessageFacts, route: Route | null): boolean {
  const { optOuts, owner, history } = facts;
  if (optOuts.size === 0) return false;
  const service = message.messagingServiceSid ?? owner?.messagingServiceSid ?? null;
  const first = firstChoice(message, facts);
  const senders = [message.from, route?.from, first?.from, service, ...history.map((attempt) => attempt.from)];
  if (senders.some((sender) => sender != null && optOuts.has(sender))) return true;
  // Whoever picks the sender at the provider's end may pick one that the recipient wants nothing from.
  return [route, first, ...history].some(
    (way) => way !== null && picksItsSender(way.from) && mayPickOptedOut(way, facts),
  );
}

/** A number that no provider but the built-in sandbox is known to have may be anybody's. */
function mayPickOptedOut(
  { providerId }: { readonly providerId: Uuid },
  { optOutHolders, account }: MessageFacts,
): boolean {
  const builtIn = new Set(account.providers.filter((provider) => provider.builtIn).map((provider) => provider.id));
  return optOutHolders.some((holders) => holders.has(providerId) || [...holders].every((id) => builtIn.has(id)));
}

/** The route that the message would have taken before anything went wrong, whoever is resting now. */
function firstChoice(message: ClaimedMessage, facts: MessageFacts): Route | null {
  const request = routeRequest(message, facts, () => false);
  const first = senderIsGone(message, facts) ? null : routeMessage({ ...request, exhausted: new Set() });
  return first !== null && "from" in first ? first : null;
}

function send(message: ClaimedMessage, facts: MessageFacts, route: Route): Plan {
  const smart = facts.service?.service.settings.smartEncoding === true;
  const body = smart ? smartEncode(message.body) : message.body;
  const counted = message.numSegments > 0 && body === message.body;
  const textless = body === "" && message.numMedia > 0;
  const numSegments = counted ? message.numSegments : textless ? 1 : countSegments(body).segments;
  const attempt = Math.max(message.attempts, facts.history.at(-1)?.attempt ?? 0) + 1;
  const settled = counted && message.status === "queued" && message.from === route.from && attempt === 1;
  return { kind: "send", route, attempt, body, numSegments, settled };
}

/** The route of the next attempt, as far as earlier attempts leave one. */
function nextRoute(message: ClaimedMessage, facts: MessageFacts, { retry, isResting }: PlanRules): Route | Wait | null {
  if (senderIsGone(message, facts)) return null;
  const request = routeRequest(message, facts, isResting);
  if (facts.history.length === 0) return routeMessage({ ...request, exhausted: new Set() });
  const hasOthers = routeMessage({ ...request, exhausted: exhaustedProviders(facts.history, retry, true) });
  return hasOthers ?? routeMessage({ ...request, exhausted: exhaustedProviders(facts.history, retry, false) });
}

function routeRequest(
  message: ClaimedMessage,
  facts: MessageFacts,
  isResting: PlanRules["isResting"],
): Omit<RouteRequest, "exhausted"> {
  const settings = facts.service?.service.settings ?? defaultServiceSettings;
  const onlyProvider = message.options.onlyProvider ?? null;
  const pools = poolsFor(message, facts);
  const isUpstreams = pools === null && facts.service === null && facts.owner === null;
  return {
    owner: facts.owner,
    // What an earlier attempt was from was its provider's word, not the caller's.
    from: message.options.openSender === true ? null : message.from,
    upstreamService: isUpstreams ? message.messagingServiceSid : null,
    onlyProvider,
    pools,
    providers: facts.account.providers,
    upstreamOwners: () => facts.upstreamOwners,
    recipientCountry: () => countryOf(message.to),
    // A test is to show what the provider says, well or not.
    isResting: onlyProvider === null ? isResting : () => false,
    choose: (senders: readonly PoolSender[]) =>
      chooseSender({
        to: message.to,
        senders,
        sticky: message.senderId ?? facts.sticky,
        settings,
        spread: settings.stickySender ? numberOf(message.to) : numberOf(message.sid),
      }),
  };
}

/**
 * Spreads evenly. By recipient, so that one who has no sender yet, or comes back to a provider after another had taken
 * over, gets the same one each time.
 */
function numberOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** The senders to choose from; null: nothing is to be chosen. What was given to a service goes out from its pool alone. */
function poolsFor(message: ClaimedMessage, facts: MessageFacts): readonly ProviderPool[] | null {
  if (message.messagingServiceSid === null || message.options.pinnedSender === true) return null;
  if (facts.pools !== null) return facts.pools;
  return facts.owner === null && facts.upstreamOwners.size === 0 && !isNamed(message, facts) ? [] : null;
}

/** A provider's settings name the messaging service: it is an upstream's. */
function isNamed({ messagingServiceSid }: ClaimedMessage, { account }: MessageFacts): boolean {
  return account.providers.some(({ named }) => messagingServiceSid !== null && named.includes(messagingServiceSid));
}

/** It was accepted from a sender that the account has no more, and there is no pool to choose another from. */
function senderIsGone(message: ClaimedMessage, facts: MessageFacts): boolean {
  return message.senderId !== null && facts.owner === null && poolsFor(message, facts) === null;
}

function whyNoRoute(message: ClaimedMessage, last: Attempt | undefined, gone: boolean): number {
  if (gone) return senderGoneCode;
  if (last !== undefined) return last.errorCode ?? nothingLeftCode;
  if (message.messagingServiceSid !== null || message.from === null) return noSenderCode;
  return nothingLeftCode;
}
