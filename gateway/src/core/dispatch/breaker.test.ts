import { describe, expect, it } from "vitest";
import { createBreaker, defaultBreakerSettings as settings } from "./breaker.ts";

const failure = (message: string, nowMs: number) => ({ nowMs, message, reason: "connection refused", random: 0.5 });

/** A breaker that has just opened, at 1000 ms. */
function opened() {
  const breaker = createBreaker(settings);
  for (let n = 0; n < settings.openAfterMessages; n++) {
    const leave = breaker.enter(1000) ?? expect.unreachable();
    breaker.failed(leave, failure(`m${n}`, 1000));
  }
  return breaker;
}

function probe(breaker: ReturnType<typeof createBreaker>, nowMs: number) {
  return breaker.enter(nowMs) ?? expect.unreachable();
}

describe("createBreaker", () => {
  it("opens when message after message fails, says since when and why, and lets nothing through until its time is over", () => {
    const breaker = opened();
    expect(breaker.state(1000)).toBe("open");
    expect(breaker.trouble()).toEqual({ sinceMs: 1000, reason: "connection refused" });
    expect(breaker.enter(breaker.openUntilMs() - 1)).toBeNull();
    expect(breaker.enter(breaker.openUntilMs())).not.toBeNull();
  });

  it("stays closed for one message that fails again and again, and while others succeed in between", () => {
    const breaker = createBreaker(settings);
    for (let n = 0; n < 50; n++) breaker.failed(breaker.enter(0) ?? expect.unreachable(), failure("same", 0));
    expect(breaker.state(0)).toBe("closed");
    for (let n = 0; n < 50; n++) {
      breaker.failed(breaker.enter(0) ?? expect.unreachable(), failure(`m${n}`, 0));
      breaker.succeeded(breaker.enter(0) ?? expect.unreachable());
    }
    expect(breaker.state(0)).toBe("closed");
    expect(breaker.isFresh()).toBe(true);
  });

  it("half open lets a few through at once; the first success closes it for all", () => {
    const breaker = opened();
    const atMs = breaker.openUntilMs();
    const probes = Array.from({ length: settings.probes }, () => probe(breaker, atMs));
    expect(breaker.enter(atMs)).toBeNull();
    breaker.succeeded(probes[0] ?? expect.unreachable());
    expect(breaker.state(atMs)).toBe("closed");
    expect(breaker.trouble()).toBeNull();
    // What the other probes come to says nothing any more.
    for (const other of probes.slice(1)) breaker.failed(other, failure("late", atMs));
    expect(breaker.isFresh()).toBe(true);
  });

  it("opens for longer with each probe that fails, up to the cap, and remembers since when", () => {
    const breaker = opened();
    let lastMs = 0;
    for (let round = 0; round < 10; round++) {
      const atMs = breaker.openUntilMs();
      breaker.failed(probe(breaker, atMs), failure(`p${round}`, atMs));
      const restMs = breaker.openUntilMs() - atMs;
      expect(restMs).toBeGreaterThanOrEqual(lastMs);
      expect(restMs).toBeLessThanOrEqual(settings.capMs);
      lastMs = restMs;
    }
    expect(lastMs).toBe(settings.capMs * 0.75);
    expect(breaker.trouble()?.sinceMs).toBe(1000);
  });

  it("a probe that was never made leaves its place to another", () => {
    const breaker = opened();
    const atMs = breaker.openUntilMs();
    for (let n = 0; n < 20; n++) breaker.abandoned(probe(breaker, atMs));
    expect(breaker.enter(atMs)).not.toBeNull();
  });

  it("what began before it opened neither closes it nor keeps it open", () => {
    const breaker = createBreaker(settings);
    const early = [probe(breaker, 0), probe(breaker, 0)];
    for (let n = 0; n < settings.openAfterMessages; n++) breaker.failed(probe(breaker, 0), failure(`m${n}`, 0));
    const untilMs = breaker.openUntilMs();
    breaker.succeeded(early[0] ?? expect.unreachable());
    breaker.failed(early[1] ?? expect.unreachable(), failure("early", 500));
    expect(breaker.state(0)).toBe("open");
    expect(breaker.openUntilMs()).toBe(untilMs);
  });
});
