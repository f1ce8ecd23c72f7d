// Takes the reports that upstreams call in: those that come together share one transaction, and each is answered only
// after its commit. A report that cannot be stored fails alone.

import type { Logger } from "pino";
import { createMicroBatch } from "../../core/batching/micro-batch.ts";
import type { Clock } from "../../core/clock.ts";
import { isDatabaseAway, toError } from "../../core/errors.ts";
import { isRetryableConflict } from "../../store/connect.ts";
import type { Database } from "../../store/database.ts";
import type { Reports } from "../reports.ts";
import { type AttemptReport, applyAttemptReports } from "./apply-attempt-reports.ts";

export interface ReportIntake {
  /** It happened now. Resolves after the commit. Late, repeated and reordered reports change nothing. */
  take(report: Omit<AttemptReport, "at">): Promise<void>;
}

export interface ReportIntakeDeps {
  readonly db: Database;
  readonly reports: Reports;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called after commits: callbacks may be due. */
  readonly onApplied: () => void;
}

const reportsPerTransactionMax = 300;
const triesMax = 3;

export function createReportIntake({ db, reports, clock, log, onApplied }: ReportIntakeDeps): ReportIntake {
  async function store(batch: readonly AttemptReport[]): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        const now = new Date(clock.nowMs());
        await db.transaction((tx) => applyAttemptReports(tx, reports, batch, now));
        onApplied();
        return;
      } catch (error) {
        if (tries === triesMax || !isRetryableConflict(error)) throw error;
      }
    }
  }

  /** Resolves, per report, to what kept it from being stored. */
  async function flush(batch: AttemptReport[]): Promise<(Error | undefined)[]> {
    try {
      await store(batch);
      return batch.map(() => undefined);
    } catch (error) {
      if (batch.length === 1 || isDatabaseAway(error)) return batch.map(() => toError(error));
      log.warn({ err: toError(error), reports: batch.length }, "reports are stored one by one");
      const stored: (Error | undefined)[] = [];
      for (const report of batch) stored.push(await store([report]).then(() => undefined, toError));
      return stored;
    }
  }

  const batches = createMicroBatch({ flush, maxItems: reportsPerTransactionMax, maxInFlight: 2 });
  return {
    async take(report) {
      const failure = await batches.add({ ...report, at: new Date(clock.nowMs()) });
      if (failure !== undefined) throw failure;
    },
  };
}
