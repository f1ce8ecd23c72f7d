import { describe, expect, it } from "vitest";
import { silentLog } from "../../../test/support/sandbox.ts";
import type { Carrier } from "../../carriers/carrier.ts";
import { defaultBreakerSettings } from "../../core/dispatch/breaker.ts";
import { defaultRetrySettings } from "../../core/dispatch/retry.ts";
import { type AccountSid, type MessageSid, newUuid, sidOf, type Uuid } from "../../core/ids.ts";
import type { ClaimedMessage } from "../../store/queue.ts";
import type { DispatchProvider } from "./account-facts.ts";
import { askAbout, type HandOverDeps, handOver, type OpenAttempt } from "./hand-over.ts";
import { createProviderStates } from "./provider-states.ts";

const nowMs = Date.UTC(2026, 0, 1);
const never = new AbortController().signal;

/** A carrier whose provider takes everything, never answers and cannot be asked. */
const silent: Carrier = {
  kind: "sandbox",
  send: (_provider, _handover, signal) =>
    new Promise((resolve) =>
      signal.addEventListener("abort", () => resolve({ kind: "unknown", reason: "no answer" }), { once: true }),
    ),
  lookup: async () => ({ kind: "cannot-tell", reason: "no list" }),
};

function deps(stopping: AbortSignal = never): HandOverDeps {
  const clock = { nowMs: () => nowMs };
  const rest = { retry: defaultRetrySettings, random: () => 0.5, timeoutMs: 12_000, onAttempt: () => undefined };
  const states = createProviderStates({
    ...{
      clock,
      log: silentLog,
      random: () => 0.5,
      onRejected: () => undefined,
      onUnreachable: () => undefined,
      onChange: () => undefined,
    },
    settings: { breaker: defaultBreakerSettings, places: 100 },
  });
  return { carriers: { sandbox: silent }, clock, stopping, states, adopt: async () => true, ...rest };
}

function openAttempt(config: Record<string, unknown>, ageMs: number): OpenAttempt {
  const accountSid = sidOf<AccountSid>("AC", newUuid());
  const provider: DispatchProvider = {
    accountSid,
    id: newUuid(),
    kind: "sandbox",
    name: "silent",
    config,
    secrets: {},
    chainPosition: 0,
    ...{ defaultFrom: null, defaultSenderId: null, named: [], builtIn: false, sequence: 1n },
  };
  const message = { accountSid, sid: sidOf<MessageSid>("SM", newUuid()), claim: 1, to: "+12025550142", body: "hi" };
  const account = { active: true, hasUpstreams: false, providers: [provider], defaultSenders: [] };
  const rest = {
    ...{ service: null, pools: null, owner: null, upstreamOwners: new Set<Uuid>() },
    history: [],
    mediaUrls: [],
    optOuts: new Set<string>(),
    optOutHolders: [],
    regionDisabled: false,
    protection: { kind: "pass" as const },
    sticky: null,
  };
  return {
    message: message as ClaimedMessage,
    facts: { account, ...rest },
    providerId: provider.id,
    from: "+12025550100",
    body: "hi",
    numSegments: 1,
    attempt: 1,
    startedAt: new Date(nowMs - ageMs),
    ...{ hasNext: false, passedOver: [], sendUntilMs: nowMs + 1000, place: null },
  };
}

describe("an outcome that nobody can tell", () => {
  const { lookupMs } = defaultRetrySettings;

  it("is asked about again while there is hope", async () => {
    const result = await askAbout(deps(), openAttempt({}, lookupMs / 2));
    expect(result).toMatchObject({ status: "sending", attempt: { outcome: "unknown" } });
    expect(result.dueAt?.getTime()).toBeGreaterThan(nowMs);
  });

  it("then fails, unless the provider's policy says otherwise", async () => {
    const result = await askAbout(deps(), openAttempt({}, lookupMs));
    expect(result).toMatchObject({ status: "failed", dueAt: null, attempt: { outcome: "unknown" } });
  });

  it("is sent again if the policy says so, and its attempt is closed, so that it is not asked about for ever", async () => {
    const result = await askAbout(deps(), openAttempt({ onUnknown: "resend" }, lookupMs));
    expect(result).toMatchObject({ status: "queued", attempt: { outcome: "lost" } });
  });

  it("is what a hand-over has that is cut off because the process stops", async () => {
    const stopping = new AbortController();
    const handingOver = handOver(deps(stopping.signal), openAttempt({}, 0), stopping.signal);
    stopping.abort();
    expect(await handingOver).toMatchObject({ status: "sending", attempt: { outcome: "unknown" } });
  });
});
