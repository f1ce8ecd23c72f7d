// When an attempt that a provider has taken is to be asked about for the first time.

import type { CarrierProvider } from "../../carriers/carrier.ts";
import type { UpstreamUrls } from "../../core/callbacks/upstream-url.ts";
import { nextPollMs } from "../../core/reports/poll-times.ts";
import type { AttemptName } from "../../store/attempt-reports.ts";
import type { NewReportPoll } from "../../store/report-polls.ts";

export type ReportPollOf = (
  provider: CarrierProvider,
  attempt: AttemptName & { readonly carrierMessageId: string | null },
  nowMs: number,
) => NewReportPoll | null;

/** To be stored with the attempt's outcome, in the same transaction. Null: the provider is not one that can be asked. */
export function newReportPoll(
  urls: Pick<UpstreamUrls, "reportsAreCalledBack">,
  provider: CarrierProvider,
  { carrierMessageId, ...attempt }: AttemptName & { readonly carrierMessageId: string | null },
  nowMs: number,
): NewReportPoll | null {
  if (provider.kind !== "twilio" || carrierMessageId === null) return null;
  const calledBack = urls.reportsAreCalledBack(provider);
  const dueMs = nextPollMs({ sentAtMs: nowMs, calledBack, tries: 0 }, nowMs);
  if (dueMs === null) return null;
  return { ...attempt, providerId: provider.id, carrierMessageId, calledBack, dueAt: new Date(dueMs) };
}
