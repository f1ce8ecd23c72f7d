// Reports on attempts become outcomes, statuses, events and callbacks, in the caller's transaction. An attempt whose
// outcome nobody knew is settled by a report on it; what waits to be sent again although a provider has it is not sent.

import type { DeliveryReport } from "../../carriers/carrier.ts";
import type { Uuid } from "../../core/ids.ts";
import { uuidOf } from "../../core/ids.ts";
import { isFinal, mayBecome } from "../../core/messages/status.ts";
import { judgeReport } from "../../core/reports/judge-report.ts";
import { nextPollMs } from "../../core/reports/poll-times.ts";
import { reportTime } from "../../core/reports/report-time.ts";
import type { UpstreamStatus } from "../../core/reports/upstream-status.ts";
import {
  type AttemptName,
  type AttemptSettlement,
  type LockedMessage,
  lockReportedMessages,
  recallMessages,
  settleAttempts,
} from "../../store/attempt-reports.ts";
import type { Queryable } from "../../store/database.ts";
import { dropReportPolls, insertReportPolls, type NewReportPoll } from "../../store/report-polls.ts";
import type { Reports } from "../reports.ts";

/** What a provider says of one attempt. */
export interface AttemptReport extends AttemptName {
  /** The attempt's provider; a report for another one is ignored. */
  readonly providerId: Uuid;
  /** The provider's own id of the message. */
  readonly carrierMessageId: string;
  readonly status: UpstreamStatus;
  readonly errorCode: number | null;
  readonly at: Date;
}

interface Changes {
  readonly settlements: Map<string, AttemptSettlement>;
  readonly recalled: AttemptName[];
  readonly reports: DeliveryReport[];
  readonly ended: AttemptName[];
  readonly waiting: NewReportPoll[];
}

/** Applies reports in their order. Those on messages and attempts that do not exist are ignored. */
export async function applyAttemptReports(
  tx: Queryable,
  reports: Reports,
  given: readonly AttemptReport[],
  now: Date,
): Promise<void> {
  const byMessage = new Map(given.map((report) => [uuidOf(report.messageSid), report]));
  const messages = await lockReportedMessages(tx, [...byMessage.values()]);
  const changes: Changes = { settlements: new Map(), recalled: [], reports: [], ended: [], waiting: [] };
  for (const report of given) {
    const message = messages.get(uuidOf(report.messageSid));
    if (message !== undefined) note(changes, message, report, now);
  }
  await settleAttempts(tx, [...changes.settlements.values()], now);
  await recallMessages(tx, changes.recalled, now);
  if (changes.reports.length > 0) await reports.apply(tx, changes.reports);
  await insertReportPolls(tx, changes.waiting, now);
  await dropReportPolls(tx, changes.ended);
}

/** Adds what a report changes, and changes the message as it is known here: the next report may be on the same one. */
function note(changes: Changes, message: LockedMessage, report: AttemptReport, now: Date): void {
  const { accountSid, messageSid, attempt, carrierMessageId, providerId, errorCode, at } = report;
  const index = message.attempts.findIndex((one) => one.attempt === attempt && one.providerId === providerId);
  const before = message.attempts[index];
  const verdict = judgeReport(message, report);
  if (before === undefined || verdict === null) return;
  const name = { accountSid, messageSid, attempt };
  const { settles, reported, status } = verdict;
  // That it was sent is what every attempt that a provider took says; not worth a write for each message.
  if (settles || (reported !== before.reported && reported !== "sent")) {
    const key = `${messageSid} ${attempt}`;
    const earlier = changes.settlements.get(key)?.settles === true;
    changes.settlements.set(key, { ...name, providerId, settles: settles || earlier, reported, carrierMessageId });
    message.attempts[index] = { ...before, reported, outcome: settles ? "adopted" : before.outcome };
  }
  if (verdict.recalls) {
    changes.recalled.push(name);
    message.status = "sending";
  }
  if (status !== null && mayBecome(message.status, status)) {
    changes.reports.push({ accountSid, messageSid, status, errorCode, at: reportTime(at, now) });
    message.status = status;
  }
  if (report.status !== "taken" && isFinal(report.status)) changes.ended.push(name);
  else if (settles) changes.waiting.push(...safetyNet(report, now));
}

/** The reports to come may not come. */
function safetyNet({ accountSid, messageSid, attempt, providerId, carrierMessageId }: AttemptReport, now: Date) {
  const nowMs = now.getTime();
  const dueMs = nextPollMs({ sentAtMs: nowMs, calledBack: true, tries: 0 }, nowMs);
  if (dueMs === null) return [];
  const dueAt = new Date(dueMs);
  return [{ accountSid, messageSid, attempt, providerId, carrierMessageId, calledBack: true, dueAt }];
}
