import { describe, expect, it } from "vitest";
import { faultDocumentSchema } from "../../core/sandbox/fault-rules.ts";
import { createFaultInjector, type FaultSubject } from "../../core/sandbox/faults.ts";
import type { SandboxSettings } from "./record.ts";
import { planReports } from "./report-plan.ts";

const nowMs = 1_000_000;
const undeliverable = "+15005553005";

function plan(effects: object[], to = "+12025550123", settings: Partial<SandboxSettings> = {}, body = "hi") {
  const document = { rules: effects.map((effect) => ({ effect })) };
  const injector = createFaultInjector(faultDocumentSchema.parse(document));
  const subject: FaultSubject = { messageSid: "SM1", attempt: 1, from: "+12025550100", to, body };
  return planReports(injector, subject, { deliveryMs: 100, deliveryJitterMs: 0, ...settings }, nowMs);
}

const delivered = { status: "delivered", errorCode: null, dueAtMs: nowMs + 100 };

describe("planReports", () => {
  it("an ordinary message is reported as delivered once, after the delay", () => {
    expect(plan([])).toEqual({ errorCode: null, reports: [delivered] });
  });

  it("a magic number is reported as undelivered with its code", () => {
    const report = { status: "undelivered", errorCode: 30005, dueAtMs: nowMs + 100 };
    expect(plan([], undeliverable)).toEqual({ errorCode: 30005, reports: [report] });
  });

  it("a fault rule goes before a magic number", () => {
    expect(plan([{ type: "undelivered", errorCode: 30007 }], undeliverable).errorCode).toBe(30007);
    expect(plan([{ type: "no-report" }], undeliverable)).toEqual({ errorCode: null, reports: [] });
  });

  it("late reports are due later, duplicates as often as asked", () => {
    const late = { ...delivered, dueAtMs: delivered.dueAtMs + 900 };
    expect(plan([{ type: "late-report", ms: 900 }, { type: "duplicate-report" }]).reports).toEqual([late, late]);
  });

  it("reordered reports put the final one first and `sent` after it", () => {
    const { reports } = plan([{ type: "reordered-report" }]);
    expect(reports.map((report) => report.status)).toEqual(["delivered", "sent"]);
    expect(reports[1]?.dueAtMs).toBeGreaterThan(reports[0]?.dueAtMs ?? Number.POSITIVE_INFINITY);
  });

  it("jitter stays in its range, spreads messages and repeats itself", () => {
    const dues = () =>
      Array.from({ length: 100 }, (_, i) => plan([], undefined, { deliveryJitterMs: 40 }, `${i}`).reports[0]?.dueAtMs);
    const first = dues();
    expect(dues()).toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(20);
    expect(first.every((due = 0) => Math.abs(due - nowMs - 100) <= 40)).toBe(true);
  });
});
