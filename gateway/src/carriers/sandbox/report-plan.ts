// Which delivery reports a hand-over will get, and when. Decides only; the record keeps them.

import type { FaultInjector, FaultSubject, ReportFaults } from "../../core/sandbox/faults.ts";
import { magicReport } from "../../core/sandbox/magic-numbers.ts";
import type { PlannedReport, SandboxSettings } from "./record.ts";

/** Long enough that the two reports are seldom claimed together. */
const reorderGapMs = 20;

export interface ReportPlan {
  /** Why it never reaches the handset; null: it does. */
  readonly errorCode: number | null;
  readonly reports: readonly PlannedReport[];
}

/** A fault rule goes before a magic number; without either the message is delivered. */
export function planReports(
  injector: FaultInjector,
  subject: FaultSubject,
  settings: SandboxSettings,
  nowMs: number,
): ReportPlan {
  const faults = injector.onReports(subject);
  const errorCode = undeliveredCode(faults, subject.to);
  if (faults.fate?.type === "no-report") return { errorCode: null, reports: [] };
  const dueAtMs = nowMs + deliveryDelayMs(injector, subject, settings) + faults.lateMs;
  const final: PlannedReport = { status: errorCode === null ? "delivered" : "undelivered", errorCode, dueAtMs };
  const inTurn: PlannedReport[] = faults.reordered
    ? [final, { status: "sent", errorCode: null, dueAtMs: dueAtMs + reorderGapMs }]
    : [final];
  if (faults.copies === 1) return { errorCode, reports: inTurn };
  return { errorCode, reports: inTurn.flatMap((report) => Array.from({ length: faults.copies }, () => report)) };
}

function undeliveredCode(faults: ReportFaults, to: string): number | null {
  if (faults.fate?.type === "undelivered") return faults.fate.errorCode;
  return magicReport(to)?.errorCode ?? null;
}

function deliveryDelayMs(injector: FaultInjector, subject: FaultSubject, settings: SandboxSettings): number {
  if (settings.deliveryJitterMs === 0) return settings.deliveryMs;
  const swing = settings.deliveryJitterMs * (2 * injector.fraction(subject, "delivery") - 1);
  return Math.max(0, Math.round(settings.deliveryMs + swing));
}
