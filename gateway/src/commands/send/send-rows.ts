// Sends the rows of a file with limited concurrency and memory. Each row ends as accepted (in the journal), failed
// (in the file of failures) or left for the next run; never in two of these, and never silently in none.

import { countSegments } from "../../core/segments/count.ts";
import type { Answer, GatewayClient } from "../client/gateway-client.ts";
import { withRetries } from "../client/retry.ts";
import { type CommandFailure, exitCodes, failure } from "../failure.ts";
import type { CsvRow } from "./csv-file.ts";
import type { FailuresFile } from "./failures-file.ts";
import type { Journal } from "./journal.ts";
import { type RowPlan, type RowRequest, requestOf } from "./row-request.ts";
import { countFailure, type Tally } from "./tally.ts";

export interface SendRowsDeps {
  readonly client: GatewayClient;
  readonly rows: AsyncGenerator<CsvRow, void, undefined>;
  readonly plan: RowPlan;
  readonly journal: Journal;
  readonly failures: FailuresFile;
  readonly tally: Tally;
  readonly concurrency: number;
  readonly retryForMs: number;
  /** Aborted: nothing new is begun; what is on its way is waited for. */
  readonly interrupt: AbortSignal;
  readonly note: (text: string) => void;
}

/** Resolves when every row is done or the interrupt came; rejects when the run cannot go on, with what is on its way finished. */
export async function sendRows(deps: SendRowsDeps): Promise<void> {
  const halt = new AbortController();
  const signal = AbortSignal.any([deps.interrupt, halt.signal]);
  let cause: unknown = null;
  const worker = async (): Promise<void> => {
    try {
      while (!signal.aborted) {
        const next = await deps.rows.next();
        if (next.done === true) return;
        if (!signal.aborted) await sendRow(deps, next.value, signal);
      }
    } catch (thrown) {
      cause ??= thrown;
      halt.abort();
    }
  };
  await Promise.all(Array.from({ length: deps.concurrency }, worker));
  await deps.rows.return();
  if (cause !== null) throw cause;
}

async function sendRow(deps: SendRowsDeps, row: CsvRow, signal: AbortSignal): Promise<void> {
  const { client, journal, failures, tally } = deps;
  const request = requestOf(deps.plan, row);
  if (!request.ok) {
    countFailure(tally, "invalid-row", `line ${row.line}: ${request.problem}`);
    await failures.write(row, { code: "invalid-row", message: `line ${row.line}: ${request.problem}`, key: "" });
    return;
  }
  if (journal.has(request.key)) {
    tally.skipped++;
    return;
  }
  const answer = await withRetries(() => client.createMessage(request.form, request.key), {
    retryForMs: deps.retryForMs,
    signal,
    onRetry: (later) => noteTrouble(deps, later.reason),
  });
  if (answer === "stopped") return;
  if (answer.kind === "accepted") {
    journal.add(request.key, answer.message.sid);
    countAccepted(tally, request, answer);
    return;
  }
  if (answer.kind === "hopeless" || cannotBeReached(answer)) throw giveUp(answer);
  countFailure(tally, answer.code, answer.reason);
  await failures.write(row, { code: answer.code, message: answer.reason, key: request.key });
}

function countAccepted(tally: Tally, request: RowRequest & { ok: true }, answer: Answer & { kind: "accepted" }): void {
  if (answer.replayed) {
    tally.replayed++;
    return;
  }
  tally.accepted++;
  // A message to a messaging service is counted later by the gateway; its text is known here.
  tally.segments += answer.message.segments || countSegments(request.body).segments;
}

/** No connection, or the gateway says that it is not available: so it will be for the other rows. */
function cannotBeReached(answer: Answer): boolean {
  return answer.kind === "later" && (answer.status === null || [502, 503, 504].includes(answer.status));
}

function giveUp(answer: Exclude<Answer, { kind: "accepted" }>): CommandFailure {
  return failure(exitCodes.unreachable, answer.reason);
}

const noted = new WeakMap<Tally, number>();
const NOTE_EVERY_MS = 5000;

function noteTrouble({ tally, note }: SendRowsDeps, reason: string): void {
  const nowMs = performance.now();
  if (nowMs - (noted.get(tally) ?? Number.NEGATIVE_INFINITY) < NOTE_EVERY_MS) return;
  noted.set(tally, nowMs);
  note(`Trying again: ${reason}`);
}
