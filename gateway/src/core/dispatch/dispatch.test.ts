import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Uuid } from "../ids.ts";
import { nextStep, providerTimeoutCode } from "./next-step.ts";
import { takeSlots, takeTurns } from "./pace.ts";
import { backoffMs, defaultRetrySettings, exhaustedProviders } from "./retry.ts";
import { type PoolSender, poolsOf, type RoutableProvider, type RouteRequest, routeMessage } from "./route.ts";

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

const c = "0199cccc-0000-7000-8000-000000000003" as Uuid;
const own = "+12025550100";

const provider = (id: Uuid, chainPosition: number | null, rest: Partial<RoutableProvider> = {}): RoutableProvider => ({
  ...{ id, chainPosition, builtIn: false, defaultFrom: own, defaultSenderId: null, named: [] },
  ...rest,
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
  upstreamService: null,
  onlyProvider: null,
  pools: null,
  providers: [provider(a, 0), provider(b, 1)],
  upstreamOwners: () => new Set(),
  exhausted: new Set(),
  isResting: () => false,
  choose: (senders) => senders[0] ?? null,
};
const nobody = () => new Set<Uuid>();

/** The providers of a message, in the order in which they are tried. */
function order(of: Partial<RouteRequest>): Uuid[] {
  const tried: Uuid[] = [];
  for (;;) {
    const next = routeMessage({ ...request, ...of, exhausted: new Set(tried) });
    if (next === null || "waitFor" in next) return tried;
    expect(next.hasNext).toBe(
      routeMessage({ ...request, ...of, exhausted: new Set([...tried, next.providerId]) }) !== null,
    );
    tried.push(next.providerId);
  }
}

describe("routeMessage", () => {
  it("sends from an own number through its owner alone, without a fallback", () => {
    const owned = { ...request, owner: sender("7", b), from: "+12025550107" };
    expect(routeMessage(owned)).toEqual({
      ...{ providerId: b, senderId: "7", from: "+12025550107", hasNext: false, passedOver: [] },
    });
    expect(routeMessage({ ...owned, exhausted: new Set([b]) })).toBeNull();
  });

  it("sends from a number that several own through each of them, in the order of the chain", () => {
    const from = "+12025550107";
    const providers = [provider(a, 0), provider(b, 1, { named: [from] }), provider(c, 2)];
    const upstreamOwners = () => new Set([c]);
    expect(order({ owner: sender("7", a), from, providers, upstreamOwners })).toEqual([a, b, c]);
    expect(order({ from, providers, upstreamOwners })).toEqual([b, c]);
    expect(order({ from, providers })).toEqual([b]);
  });

  it("uses an owner outside the chain only where nobody in the chain owns the number", () => {
    const from = "+12025550107";
    const providers = [provider(a, 0), provider(b, 1, { named: [from] }), provider(c, null)];
    expect(order({ owner: sender("7", c), from, providers })).toEqual([b]);
    expect(order({ owner: sender("7", c), from, providers: [provider(a, 0), provider(c, null)] })).toEqual([c]);
  });

  it("never lets the built-in sandbox take what a real provider of the chain owns, wherever it stands", () => {
    const from = "+12025550107";
    const owner = sender("7", a);
    for (const position of [0, 1, null]) {
      const providers = [provider(a, position, { builtIn: true }), provider(b, 1 - (position ?? 1), { named: [from] })];
      expect(order({ owner, from, providers })).toEqual([b]);
    }
    expect(order({ owner, from, providers: [provider(a, 0, { builtIn: true }), provider(b, 1)] })).toEqual([a]);
  });

  it("sends from nobody's address down the chain", () => {
    expect(order({ from: "ACME" })).toEqual([a, b]);
    expect(routeMessage({ ...request, from: "ACME" })).toMatchObject({ from: "ACME", senderId: null });
  });

  it("hands an upstream's messaging service over to those that have it, and to nobody else", () => {
    const upstreamService = "MG0123456789abcdef0123456789abcdef";
    const providers = [provider(a, 0), provider(b, 1, { named: [upstreamService] }), provider(c, 2)];
    expect(order({ upstreamService, providers, upstreamOwners: () => new Set([c]) })).toEqual([b, c]);
    expect(routeMessage({ ...request, upstreamService, providers })).toMatchObject({ from: upstreamService });
    expect(routeMessage({ ...request, upstreamService })).toBeNull();
  });

  it("goes down the chain without a sender, and skips providers that were given up or stand outside it", () => {
    expect(routeMessage(request)).toMatchObject({ providerId: a, hasNext: true });
    expect(routeMessage({ ...request, exhausted: new Set([a]) })).toMatchObject({ providerId: b, hasNext: false });
    expect(routeMessage({ ...request, providers: [provider(a, null), provider(b, 0)] })).toMatchObject({
      providerId: b,
    });
  });

  it("each provider of the chain sends from its own default, with the pace of that sender", () => {
    const providers = [
      provider(a, 0, { defaultFrom: null }),
      provider(b, 1, { defaultFrom: "+12025550102", defaultSenderId: "2" as Uuid }),
    ];
    expect(routeMessage({ ...request, providers })).toMatchObject({
      providerId: b,
      senderId: "2",
      from: "+12025550102",
    });
  });

  it("passes over a provider that rests, says so, and waits for the first when all do", () => {
    const isResting = (id: Uuid) => id === a;
    expect(routeMessage({ ...request, isResting })).toMatchObject({ providerId: b, hasNext: true, passedOver: [a] });
    expect(routeMessage({ ...request, isResting: () => true })).toEqual({ waitFor: a });
    expect(routeMessage({ ...request, isResting, exhausted: new Set([b]) })).toEqual({ waitFor: a });
    expect(routeMessage({ ...request, isResting: () => true, exhausted: new Set([a, b]) })).toBeNull();
  });

  it("takes a messaging service's sender from the first provider of the chain that has one", () => {
    const pools = poolsOf([sender("1", b), sender("2", a)], request.providers, nobody);
    expect(routeMessage({ ...request, pools })).toMatchObject({ providerId: a, senderId: "2", hasNext: true });
    expect(routeMessage({ ...request, pools, exhausted: new Set([a]) })).toMatchObject({
      providerId: b,
      senderId: "1",
    });
    const isResting = (id: Uuid) => id === a;
    expect(routeMessage({ ...request, pools, isResting })).toMatchObject({ providerId: b, passedOver: [a] });
  });

  it("keeps a test message on the one provider that it tests", () => {
    const test = { ...request, onlyProvider: b, providers: [provider(a, 0), provider(b, null)] };
    expect(routeMessage(test)).toMatchObject({ providerId: b, hasNext: false });
    expect(routeMessage({ ...test, providers: [provider(b, null, { defaultFrom: null })] })).toBeNull();
  });
});

describe("poolsOf", () => {
  it("gives each provider the senders that it owns, whoever the account's row names", () => {
    const shared = sender("1", a);
    const providers = [provider(a, 0), provider(b, 1), provider(c, null)];
    const upstreamOwners = (address: string) => new Set(address === shared.address ? [b] : []);
    const pools = poolsOf([shared, sender("2", b)], providers, upstreamOwners);
    expect(pools.map(({ providerId, senders }) => [providerId, senders.map(({ id }) => id)])).toEqual([
      [a, ["1"]],
      [b, ["1", "2"]],
    ]);
  });

  it("leaves the chain only when nobody in it has any of the pool", () => {
    const providers = [provider(a, 0), provider(c, null, { builtIn: true })];
    const of = (...pool: PoolSender[]) => poolsOf(pool, providers, nobody).map(({ providerId }) => providerId);
    expect(of(sender("1", a), sender("2", c))).toEqual([a]);
    expect(of(sender("2", c))).toEqual([c]);
  });
});
