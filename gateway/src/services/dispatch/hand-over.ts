// One hand-over: the carrier is called, and what came of it becomes the claim's result. The intent has been stored before;
// a process that dies in here leaves an open attempt, which the next claim asks the provider about.

import type {
  Carrier,
  CarrierProvider,
  Handover,
  HandoverOutcome,
  LookupResult,
  ProviderKind,
} from "../../carriers/carrier.ts";
import type { Clock } from "../../core/clock.ts";
import { type NextStep, nextStep, type Outcome } from "../../core/dispatch/next-step.ts";
import { type RetrySettings, triesOf } from "../../core/dispatch/retry.ts";
import { toError } from "../../core/errors.ts";
import { newUuid, type Uuid } from "../../core/ids.ts";
import type { MessageStatus } from "../../core/messages/message.ts";
import type { Adoption } from "../../store/carrier-messages.ts";
import type { AttemptOutcome, ClaimedMessage, ClaimResult } from "../../store/queue.ts";
import type { LoggedAttempt } from "../event-log.ts";
import type { MessageFacts } from "./facts.ts";
import type { Place, ProviderStates } from "./provider-states.ts";

export interface HandOverDeps {
  readonly carriers: Readonly<Partial<Record<ProviderKind, Carrier>>>;
  readonly clock: Clock;
  readonly retry: RetrySettings;
  readonly random: () => number;
  /** A carrier that has not answered by then has an unknown outcome. */
  readonly timeoutMs: number;
  /** Aborted when the process stops and waits no longer: what is under way becomes unknown, and is asked about later. */
  readonly stopping: AbortSignal;
  readonly onAttempt: (kind: ProviderKind, outcome: AttemptOutcome, attempt: LoggedAttempt) => void;
  readonly states: ProviderStates;
  /** Matches a provider's message with an attempt whose outcome is open, durably; false: it is another attempt's. */
  readonly adopt: (adoption: Adoption) => Promise<boolean>;
}

/** What a hand-over is about: the message, the attempt, and whether another provider could take over. */
export interface OpenAttempt {
  readonly message: ClaimedMessage;
  readonly facts: MessageFacts;
  readonly providerId: Uuid;
  readonly from: string;
  readonly body: string;
  readonly numSegments: number;
  readonly attempt: number;
  readonly startedAt: Date;
  /** The earlier attempt at the same provider that this one repeats, since it was taken for lost. */
  readonly repeats?: number | undefined;
  readonly hasNext: boolean;
  /** Providers before this one in the chain that take nothing just now, and why. */
  readonly passedOver: readonly PassedOver[];
  /** Nothing may be written to the provider from then on, ms since the epoch. */
  readonly sendUntilMs: number;
  /** What the provider has granted; null: it was not asked for. */
  readonly place: Place | null;
}

export interface PassedOver {
  readonly providerId: Uuid;
  readonly reason: string;
}

/** Carriers that find a message by what it says: one of the provider's messages may look like several attempts. */
const findsByContent: ReadonlySet<ProviderKind> = new Set(["twilio"]);

interface Settled extends Outcome {
  readonly reason: string | null;
  readonly carrierMessageId: string | null;
}

/** Sends, until `signal` aborts; an unknown outcome is asked about at once. Never rejects. */
export async function handOver(deps: HandOverDeps, open: OpenAttempt, signal: AbortSignal): Promise<ClaimResult> {
  const found = findCarrier(deps, open);
  if (found === null) return resultOf(deps, open, cannotSend());
  const { carrier, provider } = found;
  const handover = handoverOf(open);
  const outcome = await carrier.send(provider, handover, signal).catch(thrownOutcome);
  const settled = outcome.kind === "unknown" ? await askAtOnce(deps, open, outcome) : settle(outcome);
  open.place?.settle(settled.kind === "adopted" ? taken : outcome);
  const { messageSid, attempt } = handover;
  const { kind, errorCode, reason } = settled;
  deps.onAttempt(carrier.kind, kind, { provider, messageSid, attempt, outcome: kind, errorCode, reason });
  return resultOf(deps, open, settled);
}

const taken: HandoverOutcome = { kind: "accepted", carrierMessageId: "" };
/** A provider that cannot be asked within that time either counts as one that takes nothing. */
const askedWithinMs = 1000;

/** A provider that has the message works, even if its answers get lost. */
async function askAtOnce(
  deps: HandOverDeps,
  open: OpenAttempt,
  outcome: Extract<HandoverOutcome, { kind: "unknown" }>,
): Promise<Settled> {
  const timer = setTimeout(() => open.place?.settle(outcome), askedWithinMs);
  try {
    return await ask(deps, open, outcome.reason);
  } finally {
    clearTimeout(timer);
  }
}

/** The end of an attempt that was begun, and has surely not reached its carrier: as one that got lost on its way. */
export function notHandedOver(deps: HandOverDeps, open: OpenAttempt): ClaimResult {
  const reason = "the gateway was too late to hand it over";
  return resultOf(deps, open, { kind: "lost", errorCode: null, reason, carrierMessageId: null });
}

/** Asks about an attempt whose outcome is open. Never rejects. */
export async function askAbout(deps: HandOverDeps, open: OpenAttempt): Promise<ClaimResult> {
  const settled = await ask(deps, open, "the gateway stopped before the outcome was stored");
  return resultOf(deps, open, settled);
}

async function ask(deps: HandOverDeps, open: OpenAttempt, reason: string): Promise<Settled> {
  const found = findCarrier(deps, open);
  if (found === null) return undecided(reason);
  const signal = AbortSignal.any([AbortSignal.timeout(deps.timeoutMs), deps.stopping]);
  const answer = await found.carrier
    .lookup(found.provider, handoverOf(open), signal)
    .catch((error: unknown): LookupResult => ({ kind: "cannot-tell", reason: String(error) }));
  switch (answer.kind) {
    case "found":
      return adopt(deps, open, found.provider, { reason, carrierMessageId: answer.carrierMessageId });
    case "absent":
      return { kind: "lost", errorCode: null, reason, carrierMessageId: null };
    case "cannot-tell":
      return { ...undecided(`${reason}; ${answer.reason}`), ...(answer.final === true ? { final: true } : {}) };
  }
}

function undecided(reason: string): Settled {
  return { kind: "unknown", errorCode: null, reason, carrierMessageId: null };
}

/** What was found settles the attempt, unless it settles another one already: then there may be a second, later. */
async function adopt(
  deps: HandOverDeps,
  { message, attempt }: OpenAttempt,
  { id: providerId, kind }: CarrierProvider,
  found: { readonly reason: string; readonly carrierMessageId: string },
): Promise<Settled> {
  const adopted: Settled = { kind: "adopted", errorCode: null, ...found };
  if (!findsByContent.has(kind)) return adopted;
  const { accountSid, sid: messageSid } = message;
  const { carrierMessageId } = found;
  try {
    if (await deps.adopt({ accountSid, messageSid, attempt, providerId, carrierMessageId })) return adopted;
    return undecided(`${found.reason}; what was found is another message's`);
  } catch (error) {
    return undecided(`${found.reason}; found, but that could not be stored: ${toError(error).message}`);
  }
}

function findCarrier(deps: HandOverDeps, open: OpenAttempt): { carrier: Carrier; provider: CarrierProvider } | null {
  const provider = open.facts.account.providers.find((candidate) => candidate.id === open.providerId);
  const carrier = provider && deps.carriers[provider.kind];
  return provider === undefined || carrier === undefined ? null : { carrier, provider };
}

function handoverOf(open: OpenAttempt): Handover {
  const { message } = open;
  return {
    accountSid: message.accountSid,
    messageSid: message.sid,
    attempt: open.attempt,
    from: open.from,
    to: message.to,
    body: open.body,
    mediaUrls: open.facts.mediaUrls,
    numSegments: open.numSegments,
    startedAt: open.startedAt,
    sendUntilMs: open.sendUntilMs,
    ...(open.repeats === undefined ? {} : { repeats: open.repeats }),
  };
}

function cannotSend(): Settled {
  const reason = "the provider is gone, or its kind cannot send yet";
  return { kind: "next-provider", errorCode: 30008, reason, carrierMessageId: null };
}

/** A carrier must not throw; when one does, nobody knows whether it had sent. */
function thrownOutcome(error: unknown): HandoverOutcome {
  return { kind: "unknown", reason: `the carrier failed: ${String(error)}` };
}

function settle(outcome: Exclude<HandoverOutcome, { kind: "unknown" }>): Settled {
  if (outcome.kind === "accepted") {
    return { kind: "accepted", errorCode: null, reason: null, carrierMessageId: outcome.carrierMessageId };
  }
  const { kind, errorCode, reason } = outcome;
  const retryAfterMs = outcome.kind === "retry" ? outcome.retryAfterMs : undefined;
  return { kind, errorCode, reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }), carrierMessageId: null };
}

function resultOf(deps: HandOverDeps, open: OpenAttempt, settled: Settled): ClaimResult {
  const nowMs = deps.clock.nowMs();
  const provider = open.facts.account.providers.find((candidate) => candidate.id === open.providerId);
  const step = nextStep(
    settled,
    {
      tries:
        triesOf(open.facts.history, open.providerId) + (settled.kind === "retry" || settled.kind === "lost" ? 1 : 0),
      hasNext: open.hasNext,
      ageMs: nowMs - open.startedAt.getTime(),
      random: deps.random(),
      unknownPolicy: provider?.config["onUnknown"] === "resend" ? "resend" : "fail",
    },
    deps.retry,
  );
  const { status, dueAt, errorCode } = applyStep(withoutWait(deps, open, step), nowMs);
  return {
    accountSid: open.message.accountSid,
    sid: open.message.sid,
    claim: open.message.claim,
    status,
    dueAt,
    errorCode,
    // A message that is put off does not queue up again behind everything that its sender has accepted since.
    paced: true,
    attempt: {
      attempt: open.attempt,
      // Sent again although nobody knows: an open attempt would be asked about for ever.
      outcome: settled.kind === "unknown" && step.kind === "again" ? "lost" : settled.kind,
      errorCode: settled.errorCode,
      reason: settled.reason,
      carrierMessageId: settled.carrierMessageId,
      matched: provider !== undefined && findsByContent.has(provider.kind),
    },
    event: eventOf(step, settled, open),
  };
}

/** A message has nothing to wait for at a provider that takes nothing now, while another can have it. */
function withoutWait({ states }: HandOverDeps, { hasNext, providerId }: OpenAttempt, step: NextStep): NextStep {
  return step.kind === "again" && hasNext && states.isResting(providerId) ? { kind: "again", afterMs: 0 } : step;
}

function applyStep(
  step: NextStep,
  nowMs: number,
): { status: MessageStatus; dueAt: Date | null; errorCode: number | null } {
  switch (step.kind) {
    case "sent":
      return { status: "sent", dueAt: null, errorCode: null };
    case "failed":
      return { status: "failed", dueAt: null, errorCode: step.errorCode };
    case "again":
      return { status: "queued", dueAt: new Date(nowMs + step.afterMs), errorCode: null };
    case "ask-again":
      return { status: "sending", dueAt: new Date(nowMs + step.afterMs), errorCode: null };
  }
}

function eventOf(step: NextStep, settled: Settled, open: OpenAttempt): ClaimResult["event"] {
  const passedOver = open.passedOver.length === 0 ? {} : { passedOver: open.passedOver };
  const provider = { attempt: open.attempt, providerId: open.providerId, ...passedOver };
  switch (step.kind) {
    case "sent":
      return { id: newUuid(), type: "message.sent", data: provider };
    case "failed":
      return { id: newUuid(), type: "message.failed", data: { ...provider, errorCode: step.errorCode } };
    case "again":
      return { id: newUuid(), type: "message.requeued", data: { ...provider, reason: settled.reason } };
    case "ask-again":
      return null;
  }
}
