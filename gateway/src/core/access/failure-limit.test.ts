import { describe, expect, it } from "vitest";
import { createFailureLimit } from "./failure-limit.ts";

function limitAt(maxCounters = 100) {
  const now = { ms: 1_000_000 };
  const clock = { nowMs: () => now.ms };
  const limit = createFailureLimit({ clock, windowMs: 60_000, maxPerPair: 3, maxPerAddress: 5, maxCounters });
  const fail = (address: string, subject: string, times: number) => {
    for (let i = 0; i < times; i += 1) limit.add(address, subject);
  };
  return { now, limit, fail };
}

describe("the limit of failures", () => {
  it("blocks the pair after its share, and neither the subject elsewhere nor others at the address", () => {
    const { limit, fail } = limitAt();
    fail("192.0.2.1", "a", 3);
    expect(limit.blockedForMs("192.0.2.1", "a")).toBe(60_000);
    expect(limit.blockedForMs("192.0.2.2", "a")).toBe(0);
    expect(limit.blockedForMs("192.0.2.1", "b")).toBe(0);
  });

  it("blocks an address that fails for many subjects", () => {
    const { limit, fail } = limitAt();
    for (const subject of ["a", "b", "c", "d", "e"]) fail("192.0.2.1", subject, 1);
    expect(limit.blockedForMs("192.0.2.1", "new")).toBeGreaterThan(0);
  });

  it("ends with its window, also when the clock is set back", () => {
    const { now, limit, fail } = limitAt();
    fail("192.0.2.1", "a", 3);
    now.ms += 59_999;
    expect(limit.blockedForMs("192.0.2.1", "a")).toBe(1);
    now.ms += 1;
    expect(limit.blockedForMs("192.0.2.1", "a")).toBe(0);
    fail("192.0.2.1", "a", 3);
    now.ms -= 3_600_000;
    expect(limit.blockedForMs("192.0.2.1", "a")).toBe(0);
  });

  it("takes back what was no failure", () => {
    const { limit, fail } = limitAt();
    fail("192.0.2.1", "a", 3);
    limit.takeBack("192.0.2.1", "a");
    expect(limit.blockedForMs("192.0.2.1", "a")).toBe(0);
  });

  it("counts an IPv6 network as one address, and a mapped IPv4 address as itself", () => {
    const { limit, fail } = limitAt();
    fail("2001:db8:1:2::1", "a", 2);
    fail("2001:db8:1:2:ffff::9", "a", 1);
    expect(limit.blockedForMs("2001:db8:1:2::77", "a")).toBeGreaterThan(0);
    expect(limit.blockedForMs("2001:db8:1:3::1", "a")).toBe(0);
    fail("::ffff:192.0.2.9", "a", 3);
    expect(limit.blockedForMs("192.0.2.9", "a")).toBeGreaterThan(0);
    expect(limit.blockedForMs("::ffff:192.0.2.8", "a")).toBe(0);
  });

  it("forgets the least recently used counters rather than grow", () => {
    const { limit, fail } = limitAt(2);
    fail("192.0.2.1", "a", 3);
    fail("192.0.2.2", "a", 1);
    fail("192.0.2.3", "a", 1);
    expect(limit.blockedForMs("192.0.2.1", "a")).toBe(0);
  });
});
