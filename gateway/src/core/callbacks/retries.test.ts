import { describe, expect, it } from "vitest";
import { nextTryMs, retryAfterMs, retryForMs } from "./retries.ts";

const HOUR = 3_600_000;

function moments(refused: boolean): number[] {
  const tries = [0];
  for (;;) {
    const nowMs = tries.at(-1) ?? 0;
    const failed = { attempts: tries.length, refused, retryAfterMs: null, nowMs, expiresAtMs: retryForMs };
    const next = nextTryMs(failed, () => 0);
    if (next === null) return tries;
    tries.push(next);
  }
}

describe("the retries of a callback", () => {
  it("begin within seconds, thin out, and the last comes a day after the first", () => {
    const tries = moments(false);
    expect(tries.slice(0, 5)).toEqual([0, 5_000, 20_000, 80_000, 380_000]);
    expect(tries.at(-1)).toBe(retryForMs);
    expect(retryForMs).toBeGreaterThan(24 * HOUR);
  });

  it("are far fewer when the application refuses, but still last a day", () => {
    const tries = moments(true);
    expect(tries).toHaveLength(7);
    expect(tries.at(-1)).toBe(retryForMs);
  });

  it("spread by a fifth at most", () => {
    const failed = { attempts: 6, refused: false, retryAfterMs: null, nowMs: 0, expiresAtMs: retryForMs };
    expect(nextTryMs(failed, () => 0)).toBe(HOUR);
    expect(nextTryMs(failed, () => 0.999999)).toBeLessThanOrEqual(1.2 * HOUR);
  });

  it("wait as long as Retry-After asks, though never beyond the end, and no shorter than planned", () => {
    const failed = { attempts: 2, refused: false, nowMs: 0, expiresAtMs: retryForMs };
    expect(nextTryMs({ ...failed, retryAfterMs: 90_000 }, () => 0)).toBe(90_000);
    expect(nextTryMs({ ...failed, retryAfterMs: 1 }, () => 0)).toBe(15_000);
    expect(nextTryMs({ ...failed, retryAfterMs: 99 * HOUR }, () => 0)).toBe(retryForMs);
  });

  it("read Retry-After as seconds or a date, and ignore nonsense", () => {
    const nowMs = Date.parse("2026-01-01T00:00:00Z");
    expect(retryAfterMs(" 120 ", nowMs)).toBe(120_000);
    expect(retryAfterMs("0.5", nowMs)).toBe(500);
    expect(retryAfterMs("Thu, 01 Jan 2026 00:01:00 GMT", nowMs)).toBe(60_000);
    expect(retryAfterMs("Wed, 31 Dec 2025 00:00:00 GMT", nowMs)).toBe(0);
    expect(retryAfterMs("soon", nowMs)).toBeNull();
    expect(retryAfterMs(null, nowMs)).toBeNull();
  });
});
