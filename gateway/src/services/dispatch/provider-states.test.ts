import { describe, expect, it } from "vitest";
import { silentLog } from "../../../test/support/sandbox.ts";
import type { HandoverOutcome } from "../../carriers/carrier.ts";
import { defaultBreakerSettings } from "../../core/dispatch/breaker.ts";
import { type AccountSid, type MessageSid, newUuid, sidOf } from "../../core/ids.ts";
import type { JudgedProvider } from "./provider-entry.ts";
import { createProviderStates, type Place, type Purpose } from "./provider-states.ts";

const places = 200;

function world() {
  let nowMs = 1_000_000;
  const flagged: string[] = [];
  const unreachable: string[] = [];
  const changes: string[] = [];
  const states = createProviderStates({
    clock: { nowMs: () => nowMs },
    log: silentLog,
    random: () => 0.5,
    settings: { breaker: defaultBreakerSettings, places },
    onRejected: (provider, code) => flagged.push(`${provider.id} ${code}`),
    onUnreachable: (provider) => unreachable.push(provider.id),
    onChange: (kind, state) => changes.push(`${kind} ${state}`),
  });
  const enter = (provider: JudgedProvider, purpose: Purpose = "first"): Place | null =>
    states.enter(provider, sidOf<MessageSid>("SM", newUuid()), purpose);
  return {
    ...{ states, flagged, unreachable, changes, enter },
    /** One hand-over from its beginning to its end. */
    handOver(provider: JudgedProvider, outcome: HandoverOutcome, purpose: Purpose = "first"): void {
      const place = enter(provider, purpose) ?? expect.unreachable();
      place.settle(outcome);
      place.free();
    },
    fill: (provider: JudgedProvider, purpose: Purpose = "first"): Place[] => {
      const taken: Place[] = [];
      for (let place = enter(provider, purpose); place !== null; place = enter(provider, purpose)) taken.push(place);
      return taken;
    },
    advance: (ms: number) => {
      nowMs += ms;
    },
    now: () => nowMs,
  };
}

function newProvider(config: JudgedProvider["config"] = {}): JudgedProvider {
  return { accountSid: sidOf<AccountSid>("AC", newUuid()), id: newUuid(), kind: "sandbox", config, sequence: 1n };
}

const accepted: HandoverOutcome = { kind: "accepted", carrierMessageId: "1" };
const refused: HandoverOutcome = { kind: "retry", errorCode: 20503, reason: "connection refused" };
const rejected: HandoverOutcome = { kind: "next-provider", errorCode: 20003, reason: "401", rejected: true };

function stateOf({ states }: ReturnType<typeof world>, provider: JudgedProvider) {
  return states.states().find(({ providerId }) => providerId === provider.id);
}

describe("a provider's share", () => {
  it("is what its settings allow", () => {
    const subject = world();
    expect(subject.fill(newProvider({ maxInFlight: 7 }))).toHaveLength(7);
  });

  it("is never all there is: however many are slow, the next one finds places", () => {
    const subject = world();
    for (let slow = 0; slow < 10; slow++) {
      expect(subject.fill(newProvider()).length).toBeGreaterThanOrEqual(8);
    }
    expect(subject.enter(newProvider())).not.toBeNull();
  });

  it("comes back as hand-overs end, once each", () => {
    const subject = world();
    const provider = newProvider({ maxInFlight: 3 });
    const [first] = subject.fill(provider);
    first?.free();
    first?.free();
    expect(subject.fill(provider)).toHaveLength(1);
  });

  it("leaves room for first attempts in a storm of retries and questions", () => {
    const subject = world();
    const provider = newProvider({ maxInFlight: 40 });
    expect(subject.fill(provider, "again")).toHaveLength(10);
    expect(subject.enter(provider, "ask")).toBeNull();
    expect(subject.fill(provider)).toHaveLength(30);
  });
});

describe("a provider that is as busy as it may be", () => {
  it("lets wait those for whom there will be places soon: many while it is quick, none when it is slow", () => {
    const subject = world();
    const provider = newProvider({ maxInFlight: 50 });
    subject.fill(provider);
    // It has had no time yet to show how quick it is.
    expect(subject.states.soonFree(provider, 250)).toBe(Number.POSITIVE_INFINITY);
    expect(subject.states.soonFree(provider, 0)).toBe(0);
    subject.advance(500);
    expect(subject.states.soonFree(provider, 250)).toBe(0);
    const quick = newProvider();
    const [kept] = [subject.enter(quick)];
    for (let n = 0; n < 400; n++) subject.handOver(quick, accepted);
    subject.advance(500);
    expect(subject.states.soonFree(quick, 250)).toBe(100);
    kept?.free();
  });

  it("calls those who wait, in their order, when there are places, and nobody waits for longer than they said", async () => {
    const subject = world();
    const provider = newProvider({ maxInFlight: 4 });
    const taken = subject.fill(provider);
    const called: string[] = [];
    const first = subject.states.whenFree(provider, 2, 60_000).then(() => called.push("first"));
    const second = subject.states.whenFree(provider, 1, 60_000).then(() => called.push("second"));
    await subject.states.whenFree(provider, 1, 1).then(() => called.push("impatient"));
    taken[0]?.free();
    taken[1]?.free();
    taken[2]?.free();
    await Promise.all([first, second]);
    expect(called).toEqual(["impatient", "first", "second"]);
  });
});

describe("a provider that takes nothing", () => {
  it("rests after a few messages, says why and since when, and comes back by itself", () => {
    const subject = world();
    const provider = newProvider();
    for (let n = 0; n < defaultBreakerSettings.openAfterMessages; n++) subject.handOver(provider, refused);
    expect(subject.states.isResting(provider.id)).toBe(true);
    expect(subject.enter(provider)).toBeNull();
    expect(subject.states.whyResting(provider.id)).toBe(
      "circuit open since 1970-01-01T00:16:40.000Z: connection refused",
    );
    expect(stateOf(subject, provider)).toMatchObject({ state: "open", since: new Date(1_000_000) });
    subject.advance(defaultBreakerSettings.baseMs);
    expect(stateOf(subject, provider)).toMatchObject({ state: "half-open" });
    subject.handOver(provider, accepted);
    expect(subject.fill(provider).length).toBeGreaterThan(defaultBreakerSettings.probes);
    expect(subject.changes).toEqual(["sandbox open", "sandbox closed"]);
  });

  it("rests for all messages as long as its Retry-After says, whatever one of them got", () => {
    const subject = world();
    const provider = newProvider();
    subject.handOver(provider, { kind: "retry", errorCode: 20429, reason: "429: slow down", retryAfterMs: 5000 });
    expect(subject.states.isResting(provider.id)).toBe(true);
    expect(stateOf(subject, provider)).toMatchObject({ state: "resting", reason: expect.stringMatching(/429/) });
    expect(subject.states.comeAgainAtMs(provider)).toBeGreaterThanOrEqual(subject.now() + 5000);
    subject.advance(5001);
    expect(subject.enter(provider)).not.toBeNull();
  });

  it("does not rest because one sender's queue is full, or a recipient is at fault", () => {
    const subject = world();
    const provider = newProvider();
    for (let n = 0; n < 50; n++) {
      subject.handOver(provider, { kind: "retry", errorCode: 21611, reason: "queue full", retryAfterMs: 5000 });
      subject.handOver(provider, { kind: "refused", errorCode: 21614, reason: "not a mobile" });
      subject.handOver(provider, { kind: "next-provider", errorCode: 21408, reason: "not enabled" });
    }
    expect(subject.states.isResting(provider.id)).toBe(false);
    expect(subject.changes).toEqual([]);
  });

  it("is flagged when it refuses the credentials, at most once a minute", () => {
    const subject = world();
    const provider = newProvider();
    for (let n = 0; n < 4; n++) subject.handOver(provider, rejected);
    expect(subject.flagged).toEqual([`${provider.id} 20003`]);
    subject.advance(60_001);
    subject.handOver(provider, rejected);
    expect(subject.flagged).toHaveLength(2);
    expect(subject.states.isResting(provider.id)).toBe(true);
  });

  it("is to be checked when it cannot be reached or does not answer, at most once a minute", () => {
    const subject = world();
    const [refusing, silent, busy] = [newProvider(), newProvider(), newProvider()];
    for (let n = 0; n < 3; n++) {
      subject.handOver(refusing, refused);
      subject.handOver(silent, { kind: "unknown", reason: "timeout" });
      subject.handOver(busy, { kind: "retry", errorCode: 20429, reason: "429" });
    }
    expect(subject.unreachable).toEqual([refusing.id, silent.id]);
    subject.advance(60_001);
    subject.handOver(refusing, refused);
    expect(subject.unreachable).toEqual([refusing.id, silent.id, refusing.id]);
  });

  it("is tried anew when its owner has changed it", () => {
    const subject = world();
    const provider = newProvider();
    for (let n = 0; n < 5; n++) subject.handOver(provider, refused);
    subject.states.note([provider]);
    expect(subject.states.isResting(provider.id)).toBe(true);
    subject.states.note([{ ...provider, sequence: 2n }]);
    expect(subject.states.isResting(provider.id)).toBe(false);
  });

  it("takes a test all the same, which changes nothing", () => {
    const subject = world();
    const provider = newProvider();
    for (let n = 0; n < 5; n++) subject.handOver(provider, refused);
    subject.handOver(provider, accepted, "test");
    expect(subject.states.isResting(provider.id)).toBe(true);
  });

  it("a hand-over that never began is no word on it: half open, another takes its place", () => {
    const subject = world();
    const provider = newProvider();
    for (let n = 0; n < 5; n++) subject.handOver(provider, refused);
    subject.advance(defaultBreakerSettings.baseMs);
    for (let n = 0; n < 20; n++) subject.enter(provider)?.free();
    expect(subject.enter(provider)).not.toBeNull();
  });
});

it("a provider that is well and idle is not remembered", () => {
  const subject = world();
  for (let n = 0; n < 100; n++) subject.handOver(newProvider(), accepted);
  expect(subject.states.states()).toEqual([]);
});
