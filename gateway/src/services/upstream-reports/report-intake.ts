// Takes the reports that upstreams call in: those that come together share one transaction, and each is answered only
// after its commit. A report that cannot be stored fails alone.

import type { Logger } from "pino";
import { createMicroBatch } from "../../core/batching/micro-batch.ts";
import type { Clock } from "../../core/clock.ts";
import type { Database } from "../../store/database.ts";
import type { Reports } from "../reports.ts";
import { type AttemptReport, applyAttemptReports } from "./apply-attempt-reports.ts";
import { storeTogether } from "./store-together.ts";

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

export function createReportIntake({ db, reports, clock, log, onApplied }: ReportIntakeDeps): ReportIntake {
  async function store(batch: readonly AttemptReport[]): Promise<void> {
    const now = new Date(clock.nowMs());
    await db.transaction((tx) => applyAttemptReports(tx, reports, batch, now));
    onApplied();
  }

  const flush = (batch: AttemptReport[]) => storeTogether(batch, store, log);
  const batches = createMicroBatch({ flush, maxItems: reportsPerTransactionMax, maxInFlight: 2 });
  return {
    async take(report) {
      const failure = await batches.add({ ...report, at: new Date(clock.nowMs()) });
      if (failure !== undefined) throw failure;
    },
  };
}
