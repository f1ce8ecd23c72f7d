// Wires the message path: acceptance, dispatch, the sandbox, callbacks and inbound messages.

import type { Logger } from "pino";
import { createEgress } from "../carriers/egress.ts";
import { createSandboxCarrier } from "../carriers/sandbox/sandbox.ts";
import type { Config } from "../config/load.ts";
import type { UpstreamUrls } from "../core/callbacks/upstream-url.ts";
import type { Clock } from "../core/clock.ts";
import type { Sealer } from "../core/credentials/seal.ts";
import { defaultBreakerSettings } from "../core/dispatch/breaker.ts";
import { defaultRetrySettings } from "../core/dispatch/retry.ts";
import { GatewayError, toError } from "../core/errors.ts";
import type { AccountSid } from "../core/ids.ts";
import type { Metrics } from "../observe/metrics.ts";
import { createApplications } from "../services/acceptance/applications.ts";
import { createAcceptance } from "../services/acceptance/create-acceptance.ts";
import { createPressure, eventLoopShare } from "../services/acceptance/pressure.ts";
import { createSenders } from "../services/acceptance/senders.ts";
import { createWriter } from "../services/acceptance/writer.ts";
import type { Acceptance } from "../services/acceptance.ts";
import { createCallbackSender } from "../services/callbacks/callback-sender.ts";
import { createInboundReplies } from "../services/callbacks/inbound-replies.ts";
import type { SigningTokens } from "../services/callbacks/signed-request.ts";
import { createReports } from "../services/dispatch/apply-reports.ts";
import { createDispatcher, defaultDispatchSettings } from "../services/dispatch/dispatcher.ts";
import { createFacts } from "../services/dispatch/facts.ts";
import { createProviderStates, type ProviderStates } from "../services/dispatch/provider-states.ts";
import { createResults } from "../services/dispatch/results.ts";
import { createEventLog } from "../services/event-log.ts";
import { createGeoPermissions, type GeoPermissions } from "../services/geo-permissions.ts";
import { createInbound, type Inbound } from "../services/inbound/inbound.ts";
import { limitByPolicy } from "../services/notification-policies/limit-by-policy.ts";
import { createProtection } from "../services/protection/create-protection.ts";
import { createProtectionUpkeep } from "../services/protection/upkeep.ts";
import type { Providers } from "../services/providers.ts";
import { newReportPoll } from "../services/report-polling/new-poll.ts";
import { createSandboxFaults, type SandboxFaults } from "../services/sandbox/faults.ts";
import { createSandboxHandsets, type SandboxHandsets } from "../services/sandbox/handsets.ts";
import { createSandboxRecord } from "../services/sandbox/record.ts";
import { createSandboxReports } from "../services/sandbox/reports.ts";
import { partialService, type Service } from "../services/service.ts";
import { findAccount } from "../store/accounts.ts";
import { adoptCarrierMessage } from "../store/carrier-messages.ts";
import type { ClaimResult } from "../store/queue.ts";
import { endAbandonedLeases } from "../store/queue.ts";
import { type Carriers, createCarriers } from "./carriers.ts";
import type { OpenedDatabase } from "./open-database.ts";
import { createUpstreamIntake, type UpstreamIntake } from "./upstream-intake.ts";

export interface MessagePathDeps {
  readonly config: Config;
  readonly database: OpenedDatabase;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** An upstream refuses a provider's credentials. */
  readonly flagProvider: Providers["flag"];
  readonly recheckProvider: Providers["recheck"];
  /** Where upstreams report to. */
  readonly upstreamUrls: UpstreamUrls;
}

export interface MessagePath {
  readonly acceptance: Acceptance;
  readonly geoPermissions: GeoPermissions;
  readonly inbound: Inbound;
  readonly faults: SandboxFaults;
  readonly handsets: SandboxHandsets;
  /** What can be asked of upstream accounts. */
  readonly upstreams: Carriers["upstreams"];
  /** What comes back from upstreams. */
  readonly intake: UpstreamIntake;
  /** How this process's hand-overs to providers go. */
  readonly providerStates: Pick<ProviderStates, "states">;
  /** In the order in which they start; stopped in the reverse order. */
  readonly services: readonly Service[];
  /** To be told of canceled messages, after their commit. */
  onCanceled(): void;
  /** To be told of callbacks that are due, after their commit. */
  wakeCallbacks(): void;
}

/** A carrier that has not answered by then has an unknown outcome; well within the lease of a claim. */
const handOverTimeoutMs = 12_000;
/** At a stop, for callbacks under way. Listener and dispatch take as long at the most, one after the other: 9 s of 15. */
const callbackGraceMs = 3000;

export function createMessagePath(deps: MessagePathDeps): MessagePath {
  const { config, database, clock, log, metrics } = deps;
  const { db, queueDb } = database;
  const wakes: { dispatch?: () => void; callbacks?: () => void } = {};
  const geoPermissions = createGeoPermissions({ db });
  const { acceptance, pressure } = wireAcceptance(deps, geoPermissions, () => wakes.dispatch?.());
  const wakeCallbacks = () => wakes.callbacks?.();
  const inbound = createInbound({
    db: queueDb,
    clock,
    publicUrl: config.publicUrl,
    wakeCallbacks,
    onStored: (direction, count) => {
      metrics.countAccepted(direction, count);
      wakes.dispatch?.();
    },
  });

  const egress = createEgress({ allow: config.egressAllow, allowLoopback: config.loopbackOnly, log });
  const callbacks = createCallbackSender({
    db: queueDb,
    egress,
    clock,
    log,
    accounts: { signingTokensOf: (accountSid) => signingTokensOf(deps, accountSid) },
    onInboundReply: createInboundReplies({ db, acceptance, clock, log }),
    concurrency: config.callbackConcurrency,
    alone: database.alone,
    graceMs: callbackGraceMs,
    onResult: (result) => metrics.countCallback(result),
  });

  const faults = createSandboxFaults({ db, clock });
  const { dispatcher, reports, sandboxReports, carriers, states, eventLog } = wireDispatch(deps, {
    faults,
    geoPermissions,
    wakeCallbacks,
    acceptanceIsBusy: pressure.high,
  });
  if (config.roles.dispatch) {
    wakes.dispatch = dispatcher.wake;
    wakes.callbacks = callbacks.wake;
  }
  const intake = createUpstreamIntake({
    ...{ db, queueDb, sealer: deps.sealer, clock, log, reports, inbound, wakeCallbacks },
    upstream: carriers.upstreams.twilio,
    upstreamUrls: deps.upstreamUrls,
  });
  const out = partialService("egress", { stop: () => egress.close() });
  const protectionUpkeep = createProtectionUpkeep({ db, clock, log });
  const leases = partialService("leases", { start: () => endLeases(database, clock) });
  return {
    acceptance,
    geoPermissions,
    inbound,
    faults,
    handsets: createSandboxHandsets({ inbound, clock }),
    upstreams: carriers.upstreams,
    intake,
    providerStates: states,
    services: config.roles.dispatch
      ? [
          ...[eventLog.service, out, carriers.service, leases, protectionUpkeep, callbacks, sandboxReports],
          ...[intake.reportPolling, dispatcher],
        ]
      : [eventLog.service, carriers.service],
    wakeCallbacks,
    onCanceled: () => {
      metrics.countReached("canceled");
      wakeCallbacks();
    },
  };
}

/** A gateway that is alone knows that whoever held a lease is dead; several gateways let the leases run out. */
async function endLeases({ alone, db }: OpenedDatabase, clock: Clock): Promise<void> {
  if (alone) await endAbandonedLeases(db, new Date(clock.nowMs()));
}

function wireAcceptance(
  { database, clock, metrics }: MessagePathDeps,
  geoPermissions: GeoPermissions,
  onAccepted: () => void,
) {
  const writer = createWriter({
    db: database.queueDb,
    clock,
    onBatch: (rows, durationMs) => metrics.observeBatch("insert", rows, durationMs / 1000),
  });
  const pressure = createPressure({
    pending: () => writer.pending,
    nowMs: () => performance.now(),
    utilization: eventLoopShare(),
  });
  const acceptance = createAcceptance({
    clock,
    senders: createSenders({ db: database.db }),
    geoPermissions,
    applications: createApplications({ db: database.db }),
    writer,
    onAccepted: (direction) => {
      pressure.note();
      metrics.countAccepted(direction);
      onAccepted();
    },
  });
  return { acceptance, pressure };
}

interface DispatchWiring {
  readonly faults: SandboxFaults;
  readonly geoPermissions: GeoPermissions;
  readonly wakeCallbacks: () => void;
  readonly acceptanceIsBusy: () => boolean;
}

function wireDispatch(
  deps: MessagePathDeps,
  { faults, geoPermissions, wakeCallbacks, acceptanceIsBusy }: DispatchWiring,
) {
  const { config, database, sealer, clock, log, metrics } = deps;
  const { db, queueDb } = database;
  const eventLog = createEventLog({ db, clock, log });
  const reports = createReports({
    clock,
    onReported: (messages) => {
      for (const { status, errorCode } of messages) {
        if (status === "sent" || status === "delivered" || status === "undelivered" || status === "failed") {
          metrics.countReached(status, errorCode);
        }
      }
      eventLog.noteReported(messages);
    },
  });
  const sandboxReports = createSandboxReports({ db: queueDb, reports, clock, log, onApplied: wakeCallbacks });
  const record = createSandboxRecord({ db: queueDb, clock, onReportsDue: (dueAtMs) => sandboxReports.hint(dueAtMs) });
  const settings = { deliveryMs: config.sandboxDeliveryMs, deliveryJitterMs: config.sandboxDeliveryMs * 0.3 };
  const results = createResults({
    db: queueDb,
    clock,
    wakeCallbacks,
    onBatch: (batch, durationMs) => countResults(metrics, batch, durationMs),
  });
  const sandbox = createSandboxCarrier({
    ...{ record, faults, clock, log, settings },
    aloneSinceMs: database.alone ? clock.nowMs() : null,
  });
  const { upstreamUrls } = deps;
  const { statusCallbackUrl } = upstreamUrls;
  const carriers = createCarriers({ config, database, clock, log, sandbox, statusCallbackUrl });
  const states = wireProviderStates(deps);
  const onDecision = metrics.countProtection;
  const judging = { db, queueDb, clock, log, onDecision };
  const protection = limitByPolicy(createProtection(judging), judging);
  const dispatcher = createDispatcher({
    db: queueDb,
    clock,
    log,
    facts: createFacts({ db, sealer, geoPermissions, protection }),
    results,
    wakeCallbacks,
    settings: defaultDispatchSettings,
    carriers: carriers.carriers,
    states,
    adopt: (adoption) => adoptCarrierMessage(queueDb, adoption, new Date(clock.nowMs())),
    reportPollOf: (...attempt) => newReportPoll(upstreamUrls, ...attempt),
    retry: defaultRetrySettings,
    random: Math.random,
    timeoutMs: handOverTimeoutMs,
    onAttempt: (kind, outcome, attempt) => {
      metrics.countAttempt(kind, outcome);
      eventLog.noteAttempt(attempt);
    },
    acceptanceIsBusy,
    onClaim: (messages, durationMs) => metrics.observeBatch("claim", messages, durationMs / 1000),
    onPutOff: (messages) => metrics.countPutOff(messages),
  });
  return { dispatcher, reports, sandboxReports, carriers, states, eventLog };
}

function wireProviderStates(deps: MessagePathDeps): ProviderStates {
  const { clock, log, metrics, flagProvider, recheckProvider } = deps;
  const states = createProviderStates({
    ...{ clock, log, random: Math.random },
    settings: { breaker: defaultBreakerSettings, places: defaultDispatchSettings.inFlightMax },
    onRejected: ({ accountSid, id }, errorCode, reason) => {
      flagProvider(accountSid, id, errorCode, reason).catch((error: unknown) =>
        log.warn({ err: toError(error), providerId: id }, "a provider could not be flagged"),
      );
    },
    onUnreachable: ({ accountSid, id }) => {
      recheckProvider(accountSid, id).catch((error: unknown) =>
        log.warn({ err: toError(error), providerId: id }, "a provider's check could not be brought forward"),
      );
    },
    onChange: (kind, state) => metrics.countProviderChange(kind, state),
  });
  metrics.collectProvidersFrom(states.states);
  return states;
}

function countResults(metrics: Metrics, results: readonly ClaimResult[], durationMs: number): void {
  metrics.observeBatch("outcome", results.length, durationMs / 1000);
  for (const { status, errorCode, event } of results) {
    if (event !== null && (status === "sent" || status === "failed")) metrics.countReached(status, errorCode);
  }
}

async function signingTokensOf({ database, sealer }: MessagePathDeps, accountSid: AccountSid): Promise<SigningTokens> {
  const account = await findAccount(database.db, sealer, accountSid);
  if (account === null) throw new GatewayError("not-found", "The account is gone.");
  return { primary: account.authToken, secondary: account.secondaryAuthToken };
}
