// What a provider's report on one attempt means for the message, which may have several attempts. Good news counts
// whoever brings it: the recipient has the message, or is about to. Bad news counts only when no other attempt may still
// bring it there, and when this attempt was not given up already: a late failure must not end what another provider
// delivers.

import type { MessageStatus } from "../messages/message.ts";
import { mayBecome } from "../messages/status.ts";
import type { ReportStatus, UpstreamStatus } from "./upstream-status.ts";

export interface ReportedAttempt {
  readonly attempt: number;
  /** As stored; null: open. */
  readonly outcome: string | null;
  /** The provider's last word on it; null: none. */
  readonly reported: ReportStatus | null;
}

export interface ReportVerdict {
  /** The attempt's outcome was not known, or thought to be lost: the provider has it after all. */
  readonly settles: boolean;
  /** What the message may become by it; null: it has no part in this. */
  readonly status: ReportStatus | null;
  /** The message waits to be sent again, and must not be. */
  readonly recalls: boolean;
  /** The provider's last word on the attempt from now on. */
  readonly reported: ReportStatus | null;
}

const ignored = { settles: false, status: null, recalls: false } as const;

/** Null: the message has no such attempt. */
export function judgeReport(
  message: { readonly status: MessageStatus; readonly attempts: readonly ReportedAttempt[] },
  report: { readonly attempt: number; readonly status: UpstreamStatus },
): ReportVerdict | null {
  const attempt = message.attempts.find((one) => one.attempt === report.attempt);
  if (attempt === undefined) return null;
  const reported = nextReported(attempt.reported, report.status);
  const open = attempt.outcome === null || attempt.outcome === "unknown";
  const held = isHeld(attempt);
  if (isBad(report.status)) {
    if (!open && !held) return { ...ignored, reported };
    const status = mayStillArrive(message.attempts, attempt) ? null : report.status;
    return { settles: open, status, recalls: false, reported };
  }
  if (held && report.status === "taken") return { ...ignored, reported };
  // A provider that refused for good cannot have it; whatever this is, it changes nothing.
  if (attempt.outcome === "refused") return { ...ignored, reported };
  const status = report.status === "taken" ? "sent" : report.status;
  return { settles: !held, status, recalls: !held && message.status === "queued", reported };
}

function isHeld({ outcome }: ReportedAttempt): boolean {
  return outcome === "accepted" || outcome === "adopted";
}

function isBad(status: UpstreamStatus | null): status is "failed" | "undelivered" {
  return status === "failed" || status === "undelivered";
}

function mayStillArrive(attempts: readonly ReportedAttempt[], except: ReportedAttempt): boolean {
  return attempts.some(
    (other) =>
      other.attempt !== except.attempt &&
      (other.outcome === null || other.outcome === "unknown" || isHeld(other)) &&
      !isBad(other.reported),
  );
}

/** Reports come late, twice and out of order: the furthest counts. */
function nextReported(before: ReportStatus | null, status: UpstreamStatus): ReportStatus | null {
  if (status === "taken") return before;
  return before === null || mayBecome(before, status) ? status : before;
}
