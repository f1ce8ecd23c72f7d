// The carrier for any HTTP server: a templated request, or a webhook in a known form. Such a server cannot be asked what it
// has: what this process saw is remembered, of everything else nobody can tell. Must never write a request late or twice.

import { LRUCache } from "lru-cache";
import type { Clock } from "../../core/clock.ts";
import type { HttpSettings } from "../../core/providers/settings.ts";
import type { Carrier, CarrierProvider, Handover, HandoverOutcome, LookupResult } from "../carrier.ts";
import { outcomeOf } from "./answer.ts";
import type { Exchange, ExchangeResult } from "./exchange.ts";
import { buildRequest, createSettingsReader, mergeHeaders, type Outgoing } from "./outgoing.ts";
import { createSlots } from "./slots.ts";
import type { OAuthSettings, TokenFailure, TokenQuestion } from "./token-request.ts";
import type { Tokens } from "./tokens.ts";

export interface HttpCarrierDeps {
  readonly exchange: Exchange;
  readonly tokens: Tokens;
  readonly clock: Clock;
}

const defaultMaxInFlight = 100;
const rememberedMax = 10_000;
/** Twilio's codes: a service that is not there, an answer that is not good, a message that cannot go this way. */
const unavailable = 20503;
const badAnswer = 11200;
const cannotBeSent = 21612;

export function createHttpCarrier({ exchange, tokens, clock }: HttpCarrierDeps): Carrier {
  const settingsOf = createSettingsReader();
  const slots = createSlots();
  /** What this process knows of attempts: under way, taken under an id, or surely not taken. */
  const remembered = new LRUCache<string, LookupResult>({ max: rememberedMax });

  async function transmit(
    provider: CarrierProvider,
    settings: HttpSettings,
    handover: Handover,
    signal: AbortSignal,
  ): Promise<HandoverOutcome> {
    const request = buildRequest(provider, settings, handover, clock);
    if ("problem" in request) return nextProvider(badAnswer, request.problem);
    const { authentication } = settings;
    const mayWrite = () => clock.nowMs() < handover.sendUntilMs;
    const write: Write = (headers) =>
      exchange.request({ ...request, headers: mergeHeaders(request.headers, headers), mayWrite }, signal);
    if (authentication?.method !== "OAUTH2") return outcomeOf(await write({}), nameOf(handover));
    return withToken(tokens, { provider, oauth: authentication, request, write, handover }, signal);
  }

  async function attempt(provider: CarrierProvider, handover: Handover, signal: AbortSignal): Promise<HandoverOutcome> {
    const settings = settingsOf(provider);
    if ("problem" in settings) return nextProvider(badAnswer, settings.problem);
    if (handover.mediaUrls.length > 0) return nextProvider(cannotBeSent, "this provider takes text only, no media");
    const giveBack = await slots.take(provider.id, settings.maxInFlight ?? defaultMaxInFlight, signal);
    if (giveBack === null) return retry("given up before there was room to send it");
    try {
      return await transmit(provider, settings, handover, signal);
    } finally {
      giveBack();
    }
  }

  return {
    kind: "http",
    async send(provider, handover, signal) {
      if (signal.aborted) return retry("canceled before the hand-over");
      const name = nameOf(handover);
      remembered.set(name, underWay);
      const outcome = await attempt(provider, handover, signal);
      const result = resultOf(outcome);
      if (result === null) remembered.delete(name);
      else remembered.set(name, result);
      return outcome;
    },
    async lookup(_provider, handover, signal) {
      if (signal.aborted) return { kind: "cannot-tell", reason: "canceled before the question" };
      return remembered.get(nameOf(handover)) ?? cannotBeAsked;
    },
  };
}

type Write = (headers: Readonly<Record<string, string>>) => Promise<ExchangeResult>;

interface TokenHandover {
  readonly provider: CarrierProvider;
  readonly oauth: OAuthSettings;
  readonly request: Outgoing;
  readonly write: Write;
  readonly handover: Handover;
}

/**
 * A 401 to a token that was kept may only mean that it has ended early: once more with a new one. That is safe, because a
 * 401 says that the message was not taken.
 */
async function withToken(tokens: Tokens, sending: TokenHandover, signal: AbortSignal): Promise<HandoverOutcome> {
  const { provider, oauth, request, write, handover } = sending;
  const question: TokenQuestion = { provider, oauth, certificate: certificateFor(oauth, request) };
  for (let again = false; ; again = true) {
    const token = await tokens.get(question, signal);
    if (token.kind !== "token") return withoutToken(token);
    const result = await write({ authorization: `Bearer ${token.token}` });
    const refused = result.kind === "answer" && result.status === 401;
    if (refused) tokens.drop(question, token.token);
    if (!refused || again || token.fresh) return outcomeOf(result, nameOf(handover));
  }
}

/** A pinned certificate is that of the messages' server; the token endpoint may be elsewhere. */
export function certificateFor(oauth: OAuthSettings, { url, certificate }: Outgoing): string | undefined {
  return URL.parse(oauth.authUrl)?.origin === URL.parse(url)?.origin ? certificate : undefined;
}

function withoutToken({ kind, code, reason, retryAfterMs }: TokenFailure): HandoverOutcome {
  if (kind === "rejected") return { kind: "next-provider", errorCode: code, reason, rejected: true };
  if (kind === "misconfigured") return nextProvider(code, reason);
  return retryAfterMs === undefined
    ? { kind: "retry", errorCode: code, reason }
    : { kind: "retry", errorCode: code, reason, retryAfterMs };
}

const cannotBeAsked: LookupResult = {
  kind: "cannot-tell",
  reason: "this provider cannot be asked what it has",
  final: true,
};

const underWay: LookupResult = { kind: "cannot-tell", reason: "the hand-over is still under way" };

/** What a lookup would say by now; null: nobody knows. */
function resultOf(outcome: HandoverOutcome): LookupResult | null {
  switch (outcome.kind) {
    case "accepted":
      return { kind: "found", carrierMessageId: outcome.carrierMessageId };
    case "retry":
    case "next-provider":
    case "refused":
      return { kind: "absent" };
    case "unknown":
      return null;
  }
}

function nameOf({ messageSid, attempt }: Handover): string {
  return `${messageSid}.${attempt}`;
}

function retry(reason: string): HandoverOutcome {
  return { kind: "retry", errorCode: unavailable, reason };
}

function nextProvider(errorCode: number, reason: string): HandoverOutcome {
  return { kind: "next-provider", errorCode, reason };
}
