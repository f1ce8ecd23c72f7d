// Sends through any Twilio-compatible server. A message is handed over with one request that is never repeated here; what
// came of it is told by outcome.ts, and what cannot be told is asked of the upstream (lookup.ts).

import type { Logger } from "pino";
import type { Clock } from "../../core/clock.ts";
import { toError } from "../../core/errors.ts";
import type { Carrier, CarrierProvider, Handover, HandoverOutcome, LookupResult } from "../carrier.ts";
import { isAtUpstream, wentElsewhere } from "../earlier-upstream.ts";
import type { Connections } from "../egress/connections.ts";
import { encode } from "./ask.ts";
import { createAttemptMemory } from "./attempt-memory.ts";
import { createEndpoints, type Endpoint, upstreamOf } from "./endpoint.ts";
import { createExchange, type ExchangeRequest } from "./exchange.ts";
import { isMessagingService } from "./likeness.ts";
import { cannotTell, type LookupDeps, type LookupTimes, lookUpMessage, type MatchedIds } from "./lookup.ts";
import { outcomeOf } from "./outcome.ts";
import {
  hasSender,
  lookUpVerification,
  type Verification,
  verificationForm,
  verificationOf,
  verificationOutcome,
  verificationPath,
} from "./verify.ts";

export interface TwilioCarrierDeps {
  /** With `dropUnsent`, else what was given up may still arrive. */
  readonly connections: Connections;
  readonly clock: Clock;
  readonly log: Logger;
  /** For providers without a base URL of their own; null: Twilio's own hosts. */
  readonly defaultBaseUrl: string | null;
  /** Where the upstream is to report to; null: nowhere, it will be asked. */
  readonly statusCallbackUrl: (provider: CarrierProvider, handover: Handover) => string | null;
  readonly isMatched: MatchedIds;
  /** For one request, from the call to the end of the answer; default 10 s. */
  readonly requestTimeoutMs?: number;
  /** Since when nobody else sends from this database, ms since the epoch; null: others may. */
  readonly aloneSinceMs: number | null;
  readonly times?: LookupTimes;
}

const defaultRequestTimeoutMs = 10_000;
// The lease of a claim is 30 s, and hand-overs end within it. A slow upstream, or a proxy before it, may take for most of a
// minute what has long been given up here, also when it was the other side that ended the connection.
const defaultTimes: LookupTimes = { settleMs: 60_000, abandonedAfterMs: 30_000 };

export function createTwilioCarrier(deps: TwilioCarrierDeps): Carrier {
  const { clock, log, times = defaultTimes, requestTimeoutMs = defaultRequestTimeoutMs } = deps;
  const endpointOf = createEndpoints(deps.defaultBaseUrl);
  const exchange = createExchange({ connections: deps.connections, clock, requestTimeoutMs });
  const memory = createAttemptMemory();
  const lookupDeps: LookupDeps = { ...deps, exchange, memory, times };

  async function attempt(
    endpoint: Endpoint,
    provider: CarrierProvider,
    handover: Handover,
    signal: AbortSignal,
  ): Promise<HandoverOutcome> {
    const { secrets } = endpoint;
    const verification = verificationOf(endpoint, handover);
    if (verification !== null) {
      const answer = await exchange(verificationRequest(endpoint, handover, verification, signal));
      const outcome = verificationOutcome(answer, { nowMs: clock.nowMs(), secrets });
      if (outcome.kind !== "declined") return outcome;
      if (!hasSender(handover)) return cannotSend(outcome.reason);
      log.debug(
        { messageSid: handover.messageSid, reason: outcome.reason },
        "Verify declined: sent as a plain message",
      );
    } else if (!hasSender(handover)) {
      return cannotSend("it has no one-time code, and the provider has nothing but a Verify service to send from");
    }
    const answer = await exchange(
      messageRequest(endpoint, handover, deps.statusCallbackUrl(provider, handover), signal),
    );
    return outcomeOf(answer, { nowMs: clock.nowMs(), secrets });
  }

  return {
    kind: "twilio",
    async send(provider, handover, signal) {
      const endpoint = endpointOf(provider);
      if ("problem" in endpoint) return { kind: "next-provider", errorCode: 30008, reason: endpoint.problem };
      memory.begin(handover);
      const outcome = await attempt(endpoint, provider, handover, signal).catch((error: unknown) => {
        log.error({ err: toError(error), messageSid: handover.messageSid }, "the twilio carrier failed");
        return { kind: "unknown", reason: "the gateway failed while it sent this" } as const;
      });
      switch (outcome.kind) {
        case "accepted": {
          const { carrierMessageId } = outcome;
          if (memory.taken(provider, handover, carrierMessageId)) return outcome;
          memory.unknown(handover, upstreamOf(endpoint), clock.nowMs());
          return carrierMessageId.startsWith("VE") ? outcome : unknown("it answered with another message's id");
        }
        case "unknown":
          memory.unknown(handover, upstreamOf(endpoint), clock.nowMs());
          return outcome;
        default:
          memory.notTaken(handover);
          return outcome;
      }
    },
    async lookup(provider, handover, signal) {
      const known = memory.of(handover);
      if (known?.kind === "not-taken") return { kind: "absent" };
      if (known?.kind === "taken") return { kind: "found", carrierMessageId: known.carrierMessageId };
      if (known?.kind === "under-way") return cannotTell("it is under way");
      if (signal.aborted) return cannotTell("canceled before the question");
      const endpoint = endpointOf(provider);
      if ("problem" in endpoint) return cannotTell(endpoint.problem);
      const there =
        known === null ? isAtUpstream(provider, handover) : known.upstream === upstreamOf(endpoint) ? "yes" : "no";
      if (there === "no") return wentElsewhere;
      const result = await lookUp(lookupDeps, endpoint, { provider, handover, signal }).catch((error: unknown) => {
        log.warn(
          { err: toError(error), messageSid: handover.messageSid },
          "an upstream's message could not be looked up",
        );
        return cannotTell("the gateway could not compare it with what is stored");
      });
      return result.kind === "absent" && there === "perhaps" ? wentElsewhere : result;
    },
  };
}

interface Inquiry {
  readonly provider: CarrierProvider;
  readonly handover: Handover;
  readonly signal: AbortSignal;
}

/** What may have gone out through Verify may, after that had declined, have gone out as a plain message. */
async function lookUp(
  deps: LookupDeps,
  endpoint: Endpoint,
  { provider, handover, signal }: Inquiry,
): Promise<LookupResult> {
  const verification = verificationOf(endpoint, handover);
  if (verification === null) return lookUpMessage(deps, endpoint, provider, handover, signal);
  const found = await lookUpVerification(deps, endpoint, provider, { handover, verification, signal });
  if (found.kind !== "absent" || !hasSender(handover)) return found;
  return lookUpMessage(deps, endpoint, provider, handover, signal);
}

function messageRequest(
  endpoint: Endpoint,
  handover: Handover,
  statusCallback: string | null,
  signal: AbortSignal,
): ExchangeRequest {
  const { to, from, body, mediaUrls } = handover;
  const sender = isMessagingService(from) ? "MessagingServiceSid" : "From";
  let form = `To=${encode(to)}&${sender}=${encode(from)}`;
  if (body !== "") form += `&Body=${encode(body)}`;
  for (const url of mediaUrls) form += `&MediaUrl=${encode(url)}`;
  if (statusCallback !== null) form += `&StatusCallback=${encode(statusCallback)}`;
  return {
    ...commonRequest(endpoint, handover, signal),
    origin: endpoint.origins.api,
    path: `${endpoint.prefix}${endpoint.accountPath}/Messages.json`,
    form,
    // Twilio has nothing of the kind; another Trunkline does.
    idempotencyKey: `${handover.messageSid}-${handover.repeats ?? handover.attempt}`,
  };
}

function verificationRequest(
  endpoint: Endpoint,
  handover: Handover,
  verification: Verification,
  signal: AbortSignal,
): ExchangeRequest {
  return {
    ...commonRequest(endpoint, handover, signal),
    origin: endpoint.origins.verify,
    path: endpoint.prefix + verificationPath(verification.serviceSid),
    form: verificationForm(handover, verification),
  };
}

function commonRequest({ authorization, settings }: Endpoint, handover: Handover, signal: AbortSignal) {
  const { maxInFlight } = settings;
  return {
    method: "POST",
    authorization,
    signal,
    beginUntilMs: handover.sendUntilMs,
    ...(maxInFlight !== undefined && { connectionsPerOrigin: maxInFlight }),
  } as const;
}

function cannotSend(reason: string): HandoverOutcome {
  return { kind: "next-provider", errorCode: 30008, reason };
}

function unknown(reason: string): HandoverOutcome {
  return { kind: "unknown", reason };
}
