import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { faultDocumentSchema } from "./fault-rules.ts";
import { createFaultInjector, type FaultSubject } from "./faults.ts";

function injector(document: unknown) {
  return createFaultInjector(faultDocumentSchema.parse(document));
}

function subject(parts: Partial<FaultSubject> = {}): FaultSubject {
  return { messageSid: "SM1", attempt: 1, from: "+12025550100", to: "+12025550123", body: "hello", ...parts };
}

const everyEffect = [
  { type: "latency", ms: 100, jitterMs: 50 },
  { type: "rate-limit" },
  { type: "lost-acknowledgement" },
  { type: "undelivered" },
  { type: "late-report", ms: 70 },
  { type: "duplicate-report" },
  { type: "reordered-report" },
];
const chanceRules = everyEffect.map((effect) => ({ match: { probability: 0.5 }, effect }));

const subjects = fc.uniqueArray(
  fc.record({
    messageSid: fc.string(),
    attempt: fc.integer({ min: 1, max: 5 }),
    from: fc.string(),
    to: fc.string(),
    body: fc.string(),
  }),
  { minLength: 1, maxLength: 20 },
);

function decisions(document: unknown, messages: readonly FaultSubject[]) {
  const faults = injector(document);
  return new Map(messages.map((message) => [message, [faults.onHandover(message), faults.onReports(message)]]));
}

describe("fault decisions", () => {
  it("are the same for the same seed, rules and messages, in whatever order these come", () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom("content", "message"), subjects, (seed, seedBy, messages) => {
        const document = { seed, seedBy, rules: chanceRules };
        const forwards = decisions(document, messages);
        const backwards = decisions(document, messages.toReversed());
        for (const message of messages) expect(backwards.get(message)).toEqual(forwards.get(message));
      }),
      { numRuns: 50 },
    );
  });

  it("seeded by content do not depend on the SID, seeded by message do not depend on the content", () => {
    fc.assert(
      fc.property(fc.nat(), subjects, (seed, messages) => {
        for (const [seedBy, changed] of [
          ["content", { messageSid: "other" }],
          ["message", { body: "other" }],
        ] as const) {
          const faults = injector({ seed, seedBy, rules: chanceRules });
          for (const message of messages) {
            expect(faults.onHandover({ ...message, ...changed })).toEqual(faults.onHandover(message));
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it("meet the share of messages that the probability says, and other ones under another seed", () => {
    const messages = Array.from({ length: 2000 }, (_, index) => subject({ body: `code ${index}` }));
    const hit = [1, 2].map((seed) => {
      const faults = injector({ seed, rules: [{ match: { probability: 0.3 }, effect: { type: "rate-limit" } }] });
      return messages.map((message) => faults.onHandover(message).answer !== null);
    });
    const [first = [], second = []] = hit;
    expect(first.filter(Boolean).length / messages.length).toBeCloseTo(0.3, 1);
    expect(second).not.toEqual(first);
  });

  it("are made anew for each attempt of a message", () => {
    const faults = injector({ seed: 7, rules: [{ match: { probability: 0.5 }, effect: { type: "rate-limit" } }] });
    const answers = Array.from({ length: 50 }, (_, index) => faults.onHandover(subject({ attempt: index + 1 })).answer);
    expect(new Set(answers).size).toBe(2);
  });

  it("take the first rule that matches for each kind of effect, and combine kinds", () => {
    const faults = injector({
      rules: [
        { effect: { type: "latency", ms: 5 } },
        { match: { to: "+4912*" }, effect: { type: "rate-limit", retryAfterSeconds: 9 } },
        { effect: { type: "connection-reset" } },
        { effect: { type: "undelivered", errorCode: 30005 } },
        { effect: { type: "no-report" } },
        { effect: { type: "duplicate-report", count: 3 } },
      ],
    });
    expect(faults.onHandover(subject())).toEqual({
      latencyMs: 5,
      answer: { type: "connection-reset", when: "before-send" },
    });
    expect(faults.onHandover(subject({ to: "+49123456" })).answer).toEqual({
      type: "rate-limit",
      retryAfterSeconds: 9,
    });
    expect(faults.onReports(subject())).toEqual({
      fate: { type: "undelivered", errorCode: 30005 },
      lateMs: 0,
      copies: 3,
      reordered: false,
    });
  });

  it("match exact addresses, prefixes and everything, on both sides", () => {
    const hits = (match: object, parts: Partial<FaultSubject>) =>
      injector({ rules: [{ match, effect: { type: "rate-limit" } }] }).onHandover(subject(parts)).answer !== null;
    expect(hits({ to: "+12025550123" }, {})).toBe(true);
    expect(hits({ to: "+1202555012" }, {})).toBe(false);
    expect(hits({ to: "+1202555012*" }, {})).toBe(true);
    expect(hits({ to: "*", from: "Acme*" }, { from: "AcmeBank" })).toBe(true);
    expect(hits({ to: "*", from: "Acme*" }, { from: "acme" })).toBe(false);
  });

  it("`every` hits each Nth and `times` the first N of the hand-overs that match", () => {
    const pattern = (match: object) => {
      const faults = injector({ rules: [{ match: { to: "+1*", ...match }, effect: { type: "rate-limit" } }] });
      faults.onHandover(subject({ to: "+49301234567" }));
      return Array.from({ length: 7 }, () => (faults.onHandover(subject()).answer === null ? "-" : "x")).join("");
    };
    expect(pattern({ every: 3 })).toBe("--x--x-");
    expect(pattern({ times: 2 })).toBe("xx-----");
    expect(pattern({ every: 2, times: 2 })).toBe("-x-x---");
  });

  it("a rule that could do nothing is not counted", () => {
    const faults = injector({
      rules: [
        { match: { times: 1 }, effect: { type: "rate-limit" } },
        { match: { times: 1 }, effect: { type: "connection-reset" } },
      ],
    });
    const answers = Array.from({ length: 3 }, () => faults.onHandover(subject()).answer?.type);
    expect(answers).toEqual(["rate-limit", "connection-reset", undefined]);
  });

  it("latency stays within its jitter and never below zero", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(2000), fc.string(), (ms, jitterMs, body) => {
        const faults = injector({ rules: [{ effect: { type: "latency", ms, jitterMs } }] });
        const { latencyMs } = faults.onHandover(subject({ body }));
        expect(latencyMs).toBeGreaterThanOrEqual(Math.max(0, ms - jitterMs));
        expect(latencyMs).toBeLessThanOrEqual(ms + jitterMs);
      }),
    );
  });
});
