// Writes the event log: what providers with one did, and what went wrong with them. Beside the message path and never in its
// way: entries are gathered and stored after the fact; what cannot be stored, or comes too fast, is counted and let go.

import type { Logger } from "pino";
import type { CarrierProvider } from "../carriers/carrier.ts";
import { createMicroBatch } from "../core/batching/micro-batch.ts";
import type { Clock } from "../core/clock.ts";
import { toError } from "../core/errors.ts";
import { type MessageSid, uuidOf } from "../core/ids.ts";
import { errorTitle } from "../core/messages/error-titles.ts";
import type { Database } from "../store/database.ts";
import { type EventLogEntry, insertEventLog, loggingProvidersOf } from "../store/event-log.ts";
import type { AttemptOutcome } from "../store/queue.ts";
import type { ReportedMessage } from "../store/reports.ts";
import { partialService, type Service } from "./service.ts";

/** One hand-over, and what came of it. */
export interface LoggedAttempt {
  readonly provider: CarrierProvider;
  readonly messageSid: MessageSid;
  readonly attempt: number;
  readonly outcome: AttemptOutcome;
  readonly errorCode: number | null;
  readonly reason: string | null;
}

export interface EventLog {
  noteAttempt(attempt: LoggedAttempt): void;
  /** Of messages whose status a report has changed; their transaction may still fail. */
  noteReported(messages: readonly ReportedMessage[]): void;
  /** Stores what is gathered when it is stopped. */
  readonly service: Service;
}

export interface EventLogDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
}

type Gathered =
  | { readonly kind: "entry"; readonly entry: EventLogEntry }
  | { readonly kind: "report"; readonly message: ReportedMessage; readonly at: Date };

const perStatementMax = 500;
/** More than that are not kept waiting: a log must not cost the memory that messages need. */
const gatheredMax = 5000;

export function createEventLog({ db, clock, log }: EventLogDeps): EventLog {
  let waiting = 0;
  const batches = createMicroBatch<Gathered, void>({
    flush: (items) => store(db, items).then(() => items.map(() => undefined)),
    maxItems: perStatementMax,
    maxInFlight: 1,
  });

  function gather(item: Gathered): void {
    if (waiting >= gatheredMax) return;
    waiting += 1;
    batches
      .add(item)
      .catch((error: unknown) => log.warn({ err: toError(error) }, "an entry of the event log could not be stored"))
      .finally(() => {
        waiting -= 1;
      });
  }

  return {
    noteAttempt(attempt) {
      const wanted = attempt.provider.config["eventLog"];
      if (wanted === undefined) return;
      const at = new Date(clock.nowMs());
      if (wanted === "all") gather({ kind: "entry", entry: entryOf(attempt, "debug", at) });
      if (!isGood(attempt.outcome)) gather({ kind: "entry", entry: entryOf(attempt, "error", at) });
    },
    noteReported(messages) {
      for (const message of messages) {
        const { status } = message;
        if (status !== "undelivered" && status !== "failed") continue;
        gather({ kind: "report", message, at: new Date(clock.nowMs()) });
      }
    },
    service: partialService("event log", { stop: () => batches.drained() }),
  };
}

function isGood(outcome: AttemptOutcome): boolean {
  return outcome === "accepted" || outcome === "adopted";
}

function entryOf(
  { provider, messageSid, attempt, outcome, errorCode, reason }: LoggedAttempt,
  type: "debug" | "error",
  at: Date,
): EventLogEntry {
  const lines = [
    `${type === "debug" ? "Messenger" : "Error in messenger"} [${provider.name}] with Id [${provider.id}]`,
    `Message: ${messageSid}, attempt ${attempt}`,
    `Outcome: ${outcome}`,
    ...(errorCode === null ? [] : [`Error: ${errorCode} ${errorTitle(errorCode) ?? ""}`.trimEnd()]),
    ...(reason === null ? [] : [`Reason: ${reason}`]),
  ];
  return { accountSid: provider.accountSid, type, message: lines.join("\n"), at };
}

async function store(db: Database, items: readonly Gathered[]): Promise<void> {
  const entries = items.flatMap((item) => (item.kind === "entry" ? [item.entry] : []));
  const reports = items.filter((item) => item.kind === "report");
  const providers =
    reports.length === 0
      ? []
      : await loggingProvidersOf(
          db,
          reports.map(({ message }) => message),
        );
  const byMessage = new Map(providers.map((provider) => [provider.messageId, provider]));
  for (const { message, at } of reports) {
    const provider = byMessage.get(uuidOf(message.sid));
    if (provider === undefined) continue;
    const { accountSid, sid, status, errorCode } = message;
    const lines = [
      `Error in messenger [${provider.name}] with Id [${provider.id}]`,
      `Message: ${sid} was taken, and later reported as ${status}`,
      ...(errorCode === null ? [] : [`Error: ${errorCode} ${errorTitle(errorCode) ?? ""}`.trimEnd()]),
    ];
    entries.push({ accountSid, type: "error", message: lines.join("\n"), at });
  }
  if (entries.length > 0) await insertEventLog(db, entries);
}
