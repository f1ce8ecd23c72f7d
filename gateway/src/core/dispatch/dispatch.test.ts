import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Uuid } from "../ids.ts";
import { nextStep, providerTimeoutCode } from "./next-step.ts";
import { takeSlots, takeTurns } from "./pace.ts";
import { backoffMs, defaultRetrySettings, exhaustedProviders } from "./retry.ts";
import { type PoolSender, type RouteRequest, routeMessage } from "./route.ts";

const a = "0199aaaa-0000-7000-8000-000000000001" as Uuid;
const b = "0199bbbb-0000-7000-8000-000000000002" as Uuid;
const settings = defaultRetrySettings;

describe("takeSlots", () => {
  it("never hands out more segments in a window than the pace allows, and keeps the order", () => {
    const segments = fc.array(fc.integer({ min: 1, max: 10 }), { maxLength: 50 });
    fc.assert(
      fc.property(segments, fc.integer({ min: 1, max: 100 }), (counts, segmentsPerSecond) => {
        const { slots, nextSlotAtMs } = takeSlots(
          { segmentsPerSecond, queueLimitSeconds: 36_000, nextSlotAtMs: 0 },
          counts,
          1000,
        );
        const total = counts.reduce((sum, count) => sum + count, 0);
        expect(nextSlotAtMs - 1000).toBeCloseTo((total * 1000) / segmentsPerSecond, 6);
        for (const [index, slot] of slots.entries()) {
          const before = counts.slice(0, index).reduce((sum, count) => sum + count, 0);
          expect((slot ?? 0) - 1000).toBeCloseTo((before * 1000) / segmentsPerSecond, 6);
        }
      }),
    );
  });

  it("does not save up time that nobody used", () => {
    const pace = { segmentsPerSecond: 1, queueLimitSeconds: 60, nextSlotAtMs: 0 };
    expect(takeSlots(pace, [1, 1], 3_600_000).slots).toEqual([3_600_000, 3_601_000]);
  });

  it("is full when the next slot lies beyond the limit, and says so for that message alone", () => {
    const pace = { segmentsPerSecond: 1, queueLimitSeconds: 2, nextSlotAtMs: 0 };
    expect(takeSlots(pace, [1, 1, 1, 1, 1], 0)).toEqual({ slots: [0, 1000, 2000, null, null], nextSlotAtMs: 3000 });
  });
});

describe("takeTurns", () => {
  it("lets out no more than the pace allows, however the claims come, and nobody who waits takes time", () => {
    const claims = fc.array(
      fc.record({ afterMs: fc.integer({ min: 0, max: 3000 }), count: fc.integer({ min: 0, max: 30 }) }),
      {
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(claims, fc.integer({ min: 1, max: 50 }), (lumps, segmentsPerSecond) => {
        let nowMs = 10_000;
        let nextSendAtMs = 0;
        let sent = 0;
        for (const { afterMs, count } of lumps) {
          nowMs += afterMs;
          const taken = takeTurns({ segmentsPerSecond, nextSendAtMs }, new Array<number>(count).fill(1), nowMs);
          nextSendAtMs = taken.nextSendAtMs;
          sent += taken.turns.filter((turn) => turn.now).length;
          for (const turn of taken.turns) expect(turn.atMs).toBeGreaterThanOrEqual(nowMs);
          // Half a second that went unused may be made up for, and one message may be under way.
          expect(sent).toBeLessThanOrEqual(((nowMs - 10_000 + 500 + 20) * segmentsPerSecond) / 1000 + 1);
        }
      }),
    );
  });

  it("lets one message a second out at one segment a second, without a burst after a pause", () => {
    const pace = { segmentsPerSecond: 1, nextSendAtMs: 0 };
    const { turns, nextSendAtMs } = takeTurns(pace, [1, 1, 1], 60_000);
    expect(turns.map((turn) => turn.now)).toEqual([true, false, false]);
    expect(turns.map((turn) => turn.atMs)).toEqual([60_000, 60_500, 61_500]);
    expect(takeTurns({ ...pace, nextSendAtMs }, [1], 60_500).turns[0]?.now).toBe(true);
  });
});

describe("backoffMs", () => {
  it("grows, stays under the cap, and never undercuts Retry-After", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (tries, random) => {
        const ms = backoffMs(settings, tries, random);
        expect(ms).toBeLessThanOrEqual(settings.capMs);
        expect(ms).toBeGreaterThanOrEqual(Math.min(settings.capMs, settings.baseMs * 2 ** (tries - 1)) / 2);
        expect(backoffMs(settings, tries, random, 400_000)).toBe(400_000);
      }),
    );
  });
});

const situation = { tries: 1, hasNext: false, ageMs: 0, random: 0.5, unknownPolicy: "fail" as const };

describe("nextStep", () => {
  it("ends a message whose recipient is at fault, even with another provider left", () => {
    const step = nextStep({ kind: "refused", errorCode: 21610 }, { ...situation, hasNext: true }, settings);
    expect(step).toEqual({ kind: "failed", errorCode: 21610 });
  });

  it("passes to the next provider at once when this one cannot send, and fails with its reason when there is none", () => {
    const outcome = { kind: "next-provider" as const, errorCode: 20003 };
    expect(nextStep(outcome, { ...situation, hasNext: true }, settings)).toEqual({ kind: "again", afterMs: 0 });
    expect(nextStep(outcome, situation, settings)).toEqual({ kind: "failed", errorCode: 20003 });
  });

  it("retries with back-off within the budget, then passes on, and at last fails", () => {
    const outcome = { kind: "retry" as const, errorCode: 20429, retryAfterMs: 7000 };
    expect(nextStep(outcome, situation, settings)).toEqual({ kind: "again", afterMs: 7000 });
    const used = { ...situation, tries: settings.triesBeforeNext, hasNext: true };
    expect(nextStep(outcome, used, settings)).toEqual({ kind: "again", afterMs: 0 });
    const usedUp = { ...situation, tries: settings.triesOnLast };
    expect(nextStep(outcome, usedUp, settings)).toEqual({ kind: "failed", errorCode: 20429 });
  });

  it("sends a lost message again at once, then with back-off, and not for ever", () => {
    const outcome = { kind: "lost" as const, errorCode: null };
    expect(nextStep(outcome, situation, settings)).toEqual({ kind: "again", afterMs: 0 });
    const second = nextStep(outcome, { ...situation, tries: 2 }, settings);
    expect(second).toMatchObject({ kind: "again" });
    expect(second.kind === "again" && second.afterMs).toBeGreaterThan(0);
    const usedUp = { ...situation, tries: settings.triesOnLast };
    expect(nextStep(outcome, usedUp, settings)).toEqual({ kind: "failed", errorCode: providerTimeoutCode });
  });

  it("is not confused by a clock that was set back", () => {
    const step = nextStep({ kind: "unknown", errorCode: null }, { ...situation, ageMs: -5000 }, settings);
    expect(step.kind === "ask-again" && step.afterMs).toBeGreaterThan(0);
  });

  it("never sends again while an outcome is unknown, and then does what the provider's policy says", () => {
    const outcome = { kind: "unknown" as const, errorCode: null };
    for (let ageMs = 0; ageMs < settings.lookupMs; ageMs += 5000) {
      expect(nextStep(outcome, { ...situation, ageMs, unknownPolicy: "resend" }, settings).kind).toBe("ask-again");
    }
    const old = { ...situation, ageMs: settings.lookupMs };
    expect(nextStep(outcome, old, settings)).toEqual({ kind: "failed", errorCode: providerTimeoutCode });
    expect(nextStep(outcome, { ...old, unknownPolicy: "resend" }, settings)).toEqual({ kind: "again", afterMs: 0 });
  });
});

describe("exhaustedProviders", () => {
  it("gives up a provider that cannot send, and one that has used up its tries", () => {
    const retries = (count: number) => Array.from({ length: count }, () => ({ providerId: a, outcome: "retry" }));
    expect(exhaustedProviders([{ providerId: b, outcome: "next-provider" }], settings, true)).toEqual(new Set([b]));
    expect(exhaustedProviders(retries(settings.triesBeforeNext - 1), settings, true)).toEqual(new Set());
    expect(exhaustedProviders(retries(settings.triesBeforeNext), settings, true)).toEqual(new Set([a]));
    expect(exhaustedProviders(retries(settings.triesBeforeNext), settings, false)).toEqual(new Set());
    expect(exhaustedProviders(retries(settings.triesOnLast), settings, false)).toEqual(new Set([a]));
  });
});

const provider = (id: Uuid, chainPosition: number | null, defaultFrom: string | null = "+12025550100") => ({
  id,
  chainPosition,
  defaultFrom,
});
const sender = (id: string, providerId: Uuid): PoolSender => ({
  id: id as Uuid,
  kind: "number",
  address: `+1202555010${id}`,
  providerId,
});
const request: RouteRequest = {
  owner: null,
  from: null,
  onlyProvider: null,
  pool: null,
  providers: [provider(a, 0), provider(b, 1)],
  exhausted: new Set(),
  choose: (senders) => senders[0] ?? null,
};

describe("routeMessage", () => {
  it("sends from an own number through its owner alone, without a fallback", () => {
    const owned = { ...request, owner: sender("7", b), from: "+12025550107" };
    expect(routeMessage(owned)).toEqual({ providerId: b, senderId: "7", from: "+12025550107", hasNext: false });
    expect(routeMessage({ ...owned, exhausted: new Set([b]) })).toBeNull();
  });

  it("goes down the chain without a sender, and skips providers that were given up or stand outside it", () => {
    expect(routeMessage(request)).toMatchObject({ providerId: a, hasNext: true });
    expect(routeMessage({ ...request, exhausted: new Set([a]) })).toMatchObject({ providerId: b, hasNext: false });
    expect(routeMessage({ ...request, providers: [provider(a, null), provider(b, 0)] })).toMatchObject({
      providerId: b,
    });
  });

  it("takes a messaging service's sender from the first provider of the chain that has one", () => {
    const pooled = { ...request, pool: [sender("1", b), sender("2", a)] };
    expect(routeMessage(pooled)).toMatchObject({ providerId: a, senderId: "2", hasNext: true });
    expect(routeMessage({ ...pooled, exhausted: new Set([a]) })).toMatchObject({ providerId: b, senderId: "1" });
  });

  it("keeps a test message on the one provider that it tests", () => {
    const test = { ...request, onlyProvider: b, providers: [provider(a, 0), provider(b, null)] };
    expect(routeMessage(test)).toMatchObject({ providerId: b, hasNext: false });
    expect(routeMessage({ ...test, providers: [provider(b, null, null)] })).toBeNull();
  });
});
