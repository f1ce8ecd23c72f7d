// What to do with one claimed message: send it, ask about an earlier attempt, or end it. Decides from facts alone.

import { exhaustedProviders, type RetrySettings } from "../../core/dispatch/retry.ts";
import { type PoolSender, type Route, type RouteRequest, routeMessage } from "../../core/dispatch/route.ts";
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
const nothingLeftCode = 30008;

export function planMessage(message: ClaimedMessage, facts: MessageFacts, retry: RetrySettings): Plan {
  const last = facts.history.at(-1);
  const open = last !== undefined && (last.outcome === null || last.outcome === "unknown");
  const route = nextRoute(message, facts, retry);
  // Also when a report has come since: the attempt is to have an end, too.
  if (open) return { kind: "ask", attempt: last, hasNext: route !== null && route.providerId !== last.providerId };
  if (isFinal(message.status) || message.status === "sent") return { kind: "release" };
  if (last?.outcome === "accepted" || last?.outcome === "adopted") return { kind: "sent", attempt: last };
  if (last?.outcome === "refused") return { kind: "fail", errorCode: last.errorCode ?? nothingLeftCode };
  if (message.expired) return { kind: "fail", errorCode: validityExpiredCode };
  if (!facts.account.active) return { kind: "fail", errorCode: accountSuspendedCode };
  if (facts.regionDisabled) return { kind: "fail", errorCode: regionDisabledCode };
  if (isOptedOut(message, facts, route)) return { kind: "fail", errorCode: optedOutCode };
  if (facts.protection.kind === "deny") return { kind: "fail", errorCode: facts.protection.errorCode };
  if (facts.protection.kind === "hold") return facts.protection;
  if (route === null) return { kind: "fail", errorCode: whyNoRoute(message, last, senderIsGone(message, facts)) };
  return send(message, facts, route);
}

/** An opt-out from the number that a pool has chosen counts as well as one from the service, and the other way round. */
function isOptedOut(message: ClaimedMessage, { optOuts, owner }: MessageFacts, route: Route | null): boolean {
  if (optOuts.size === 0) return false;
  const service = message.messagingServiceSid ?? owner?.messagingServiceSid ?? null;
  const senders = [message.from, route?.from ?? null, service];
  return senders.some((sender) => sender !== null && optOuts.has(sender));
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
function nextRoute(message: ClaimedMessage, facts: MessageFacts, retry: RetrySettings): Route | null {
  if (senderIsGone(message, facts)) return null;
  const request = routeRequest(message, facts);
  if (facts.history.length === 0) return routeMessage({ ...request, exhausted: new Set() });
  const hasOthers = routeMessage({ ...request, exhausted: exhaustedProviders(facts.history, retry, true) });
  return hasOthers ?? routeMessage({ ...request, exhausted: exhaustedProviders(facts.history, retry, false) });
}

function routeRequest(message: ClaimedMessage, facts: MessageFacts): Omit<RouteRequest, "exhausted"> {
  const settings = facts.service?.service.settings ?? defaultServiceSettings;
  return {
    owner: facts.owner,
    from: message.from,
    onlyProvider: message.options.onlyProvider ?? null,
    pool: poolOf(message, facts),
    providers: facts.account.providers,
    choose: (senders: readonly PoolSender[]) =>
      chooseSender({
        to: message.to,
        senders,
        sticky: message.senderId ?? facts.sticky,
        settings,
        // The random end of the SID: spreads evenly and stays the same for one message.
        spread: Number.parseInt(message.sid.slice(-8), 16),
      }),
  };
}

/** The senders to choose from; null: nothing is to be chosen. What was given to a service goes out from its pool alone. */
function poolOf(message: ClaimedMessage, { service, owner }: MessageFacts): readonly PoolSender[] | null {
  if (message.messagingServiceSid === null || message.options.pinnedSender === true) return null;
  if (service !== null) return service.senders;
  return owner === null ? [] : null;
}

/** It was accepted from a sender that the account has no more, and there is no pool to choose another from. */
function senderIsGone(message: ClaimedMessage, facts: MessageFacts): boolean {
  return message.senderId !== null && facts.owner === null && poolOf(message, facts) === null;
}

function whyNoRoute(message: ClaimedMessage, last: Attempt | undefined, gone: boolean): number {
  if (gone) return senderGoneCode;
  if (last !== undefined) return last.errorCode ?? nothingLeftCode;
  if (message.messagingServiceSid !== null) return noSenderCode;
  return nothingLeftCode;
}
