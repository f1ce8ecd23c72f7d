// Wires what comes back from upstreams: delivery reports, called in or asked for, and inbound messages.

import type { Logger } from "pino";
import type { TwilioUpstream } from "../carriers/upstream.ts";
import type { UpstreamUrls } from "../core/callbacks/upstream-url.ts";
import type { Clock } from "../core/clock.ts";
import type { Sealer } from "../core/credentials/seal.ts";
import type { Inbound } from "../services/inbound/inbound.ts";
import { createPointNumbers, type PointNumbers } from "../services/inbound/point-numbers.ts";
import { createUpstreamInbound, type UpstreamInbound } from "../services/inbound/upstream-inbound.ts";
import { createReportPolling } from "../services/report-polling/report-polling.ts";
import type { Reports } from "../services/reports.ts";
import type { Service } from "../services/service.ts";
import { type CalledProviders, createCalledProviders } from "../services/upstream-reports/called-providers.ts";
import { createReportIntake, type ReportIntake } from "../services/upstream-reports/report-intake.ts";
import type { Database } from "../store/database.ts";

export interface UpstreamIntakeDeps {
  readonly db: Database;
  /** For what is of the message path. */
  readonly queueDb: Database;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly reports: Reports;
  readonly inbound: Inbound;
  readonly upstream: TwilioUpstream;
  readonly upstreamUrls: UpstreamUrls;
  readonly wakeCallbacks: () => void;
}

export interface UpstreamIntake {
  readonly upstreamUrls: UpstreamUrls;
  readonly calledProviders: CalledProviders;
  readonly reportIntake: ReportIntake;
  readonly upstreamInbound: UpstreamInbound;
  readonly pointNumbers: PointNumbers;
  /** For processes that dispatch. */
  readonly reportPolling: Service;
}

export function createUpstreamIntake(deps: UpstreamIntakeDeps): UpstreamIntake {
  const { db, queueDb, sealer, clock, log, reports, inbound, upstream, upstreamUrls, wakeCallbacks } = deps;
  const applying = { db: queueDb, reports, clock, log, onApplied: wakeCallbacks };
  return {
    upstreamUrls,
    calledProviders: createCalledProviders({ db, sealer }),
    reportIntake: createReportIntake(applying),
    upstreamInbound: createUpstreamInbound({ db: queueDb, clock, inbound }),
    pointNumbers: createPointNumbers({ db, sealer, upstream, upstreamUrls }),
    reportPolling: createReportPolling({ ...applying, sealer, upstream }),
  };
}
