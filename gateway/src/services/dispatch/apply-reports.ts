// Delivery reports become statuses, events and callbacks, in the caller's transaction.

import type { DeliveryReport } from "../../carriers/carrier.ts";
import type { NewCallback } from "../../core/callbacks/callback.ts";
import { type StatusChange, statusCallbackOf } from "../../core/callbacks/status-callback.ts";
import type { Clock } from "../../core/clock.ts";
import { insertCallbacks } from "../../store/callbacks.ts";
import type { Queryable } from "../../store/database.ts";
import { applyReports, type ReportedMessage } from "../../store/reports.ts";
import type { Reports } from "../reports.ts";

export interface ReportsDeps {
  readonly clock: Clock;
  /** Told of the messages that changed; their transaction may still fail. */
  readonly onReported: (messages: readonly ReportedMessage[]) => void;
}

export function createReports({ clock, onReported }: ReportsDeps): Reports {
  return {
    async apply(tx: Queryable, reports: readonly DeliveryReport[]) {
      // One report per message and round: an UPDATE joins each row once, and the order within a message counts.
      for (const round of roundsOf(reports)) {
        const changed = await applyReports(tx, round, new Date(clock.nowMs()));
        onReported(changed);
        const times = new Map(round.map((report) => [report.messageSid, report.at]));
        await insertCallbacks(
          tx,
          changed.flatMap((message) => callbacksOf(message, times.get(message.sid))),
        );
      }
    },
  };
}

/** `at`: the carrier's time. Applications wait for `sent` before `delivered`, however fast the carrier was. */
function callbacksOf(message: ReportedMessage, at: Date | undefined): NewCallback[] {
  const { status, errorCode } = message;
  const reported: StatusChange = { status, errorCode, ...(at === undefined ? {} : { at }) };
  const changes = message.skippedSent ? [{ status: "sent", errorCode: null } as const, reported] : [reported];
  return changes.flatMap((change) => statusCallbackOf(message, change) ?? []);
}

function roundsOf(all: readonly DeliveryReport[]): DeliveryReport[][] {
  const rounds: DeliveryReport[][] = [];
  const seen = new Map<string, number>();
  for (const report of all) {
    const round = seen.get(report.messageSid) ?? 0;
    seen.set(report.messageSid, round + 1);
    const reports = rounds[round];
    if (reports === undefined) rounds.push([report]);
    else reports.push(report);
  }
  return rounds;
}
