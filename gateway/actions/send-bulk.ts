// Sends a text to many people with a limit on the rate, and says of each what became of it. One failure never stops the
// others, except one that all would meet (wrong credentials), or when asked to. Nobody gets the same text twice.

import { createHash } from "node:crypto";
import type { Connection } from "./connection.ts";
import { ActionError, invalidInput } from "./errors.ts";
import { pause } from "./http/retry.ts";
import { checkMessage, type MessageInput } from "./send-form.ts";
import { sendMessage } from "./send-message.ts";
import { fillTemplate } from "./template.ts";

export interface BulkRecipient {
  readonly to: string;
  /** Values of `{{name}}` in the template. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

export interface BulkInput extends Omit<MessageInput, "to" | "message"> {
  readonly recipients: readonly BulkRecipient[];
  /** The text; `{{name}}` stands for a recipient's variable. */
  readonly template: string;
  /**
   * Names this mailing. On a gateway, sending the same mailing again within 24 hours reaches only those that were not
   * reached before.
   */
  readonly batchKey?: string | undefined;
  /** Requests at a time, 1 to 50. Default 5. */
  readonly concurrency?: number | undefined;
  /** Messages per second at most. Default: no limit but the server's. */
  readonly ratePerSecond?: number | undefined;
  /** Begin nothing new after the first failure. Default false. */
  readonly stopOnError?: boolean | undefined;
  /** Begin nothing new after so many seconds. Default 600. */
  readonly timeLimitSeconds?: number | undefined;
}

/** `unknown`: it may have been sent. `skipped`: nothing was tried; `reason` says why. */
export type BulkOutcome = "accepted" | "refused" | "unknown" | "skipped";

export interface BulkResult {
  /** Place in the list of recipients, from 0. */
  readonly index: number;
  readonly to: string;
  readonly outcome: BulkOutcome;
  readonly sid: string | null;
  readonly status: string | null;
  readonly errorCode: number | null;
  readonly reason: string | null;
}

export interface BulkReport {
  readonly accepted: number;
  readonly refused: number;
  readonly unknown: number;
  readonly skipped: number;
  /** One per recipient, in their order. */
  readonly results: readonly BulkResult[];
}

interface Job {
  readonly index: number;
  readonly input: MessageInput;
  readonly idempotencyKey: string | undefined;
}

const MOST_RECIPIENTS = 100_000;

/** Throws `invalid-input` for what concerns all; what is wrong with one recipient is in the result. */
export async function sendBulk(connection: Connection, input: BulkInput): Promise<BulkReport> {
  const { recipients, concurrency = 5, ratePerSecond, timeLimitSeconds = 600 } = input;
  if (recipients.length === 0) throw invalidInput("There are no recipients.");
  if (recipients.length > MOST_RECIPIENTS) throw invalidInput(`At most ${MOST_RECIPIENTS} recipients at a time.`);
  if (!(Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= 50)) {
    throw invalidInput("The concurrency must be a whole number from 1 to 50.");
  }
  if (ratePerSecond !== undefined && !(ratePerSecond > 0))
    throw invalidInput("The rate must be more than 0 per second.");
  const results: (BulkResult | undefined)[] = [];
  const jobs = prepare(input, results);
  const endsMs = performance.now() + timeLimitSeconds * 1000;
  const turn = createTurns(ratePerSecond);
  let stopped: string | null = null;

  const worker = async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      await turn(connection.signal);
      stopped ??= performance.now() > endsMs ? "the time limit was reached" : null;
      stopped ??= connection.signal?.aborted === true ? "stopped by the caller" : null;
      const result = stopped === null ? await sendOne(connection, job) : skipped(job, stopped);
      results[job.index] = result.outcome;
      stopped ??= result.stop ?? (input.stopOnError && result.outcome.outcome !== "accepted" ? afterFailure : null);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, jobs.length) }, worker));
  return tally(results.filter((result) => result !== undefined));
}

const afterFailure = "another message failed, and the mailing stops at the first failure";

/** Checks every recipient before the first message is sent. */
function prepare(input: BulkInput, results: (BulkResult | undefined)[]): Job[] {
  const { recipients, template, batchKey, ...common } = input;
  const seen = new Set<string>();
  const jobs: Job[] = [];
  recipients.forEach((recipient, index) => {
    try {
      const message = fillTemplate(template, recipient.variables ?? {});
      const checked = checkMessage({ ...common, to: recipient.to, message });
      const same = `${checked.to}\n${message}`;
      if (seen.has(same)) {
        results[index] = resultOf(index, checked.to, "skipped", {
          reason: "the same text to the same recipient again",
        });
        return;
      }
      seen.add(same);
      const key = batchKey?.trim() ? keyOf(batchKey.trim(), same) : undefined;
      jobs.push({ index, input: { ...common, to: checked.to, message }, idempotencyKey: key });
    } catch (thrown) {
      if (!(thrown instanceof ActionError)) throw thrown;
      results[index] = resultOf(index, String(recipient.to), "refused", { reason: thrown.message });
    }
  });
  return jobs;
}

function keyOf(batchKey: string, same: string): string {
  return `bulk-${createHash("sha256").update(`${batchKey}\n${same}`).digest("hex")}`;
}

interface Sent {
  readonly outcome: BulkResult;
  /** Why the others need not be tried. */
  readonly stop?: string;
}

async function sendOne(connection: Connection, { index, input, idempotencyKey }: Job): Promise<Sent> {
  try {
    const { message } = await sendMessage(connection, { ...input, idempotencyKey });
    return { outcome: resultOf(index, input.to, "accepted", { sid: message.sid, status: message.status }) };
  } catch (thrown) {
    if (!(thrown instanceof ActionError)) throw thrown;
    const outcome = outcomeOf(thrown);
    const facts = { reason: thrown.message, errorCode: thrown.facts.code ?? null };
    const stop = /^(credentials|unexpected-answer|unavailable|aborted)$/.test(thrown.kind)
      ? { stop: `the server does not take messages: ${thrown.message}` }
      : {};
    return { outcome: resultOf(index, input.to, outcome, facts), ...stop };
  }
}

function outcomeOf({ kind }: ActionError): BulkOutcome {
  if (kind === "unknown-outcome") return "unknown";
  return /^(rate-limited|unavailable|aborted)$/.test(kind) ? "skipped" : "refused";
}

function skipped({ index, input }: Job, reason: string): Sent {
  return { outcome: resultOf(index, input.to, "skipped", { reason }) };
}

function resultOf(index: number, to: string, outcome: BulkOutcome, facts: Partial<BulkResult>): BulkResult {
  return { index, to, outcome, sid: null, status: null, errorCode: null, reason: null, ...facts };
}

function tally(results: readonly BulkResult[]): BulkReport {
  const count = (outcome: BulkOutcome) => results.filter((result) => result.outcome === outcome).length;
  return {
    accepted: count("accepted"),
    refused: count("refused"),
    unknown: count("unknown"),
    skipped: count("skipped"),
    results,
  };
}

/** Hands out moments to begin, evenly spaced. */
function createTurns(ratePerSecond: number | undefined): (signal: AbortSignal | undefined) => Promise<void> {
  if (ratePerSecond === undefined) return async () => undefined;
  const gapMs = 1000 / ratePerSecond;
  let nextMs = performance.now();
  return async (signal) => {
    const nowMs = performance.now();
    const mineMs = Math.max(nextMs, nowMs);
    nextMs = mineMs + gapMs;
    if (mineMs <= nowMs || signal?.aborted === true) return;
    await pause(mineMs - nowMs, signal).catch((thrown: unknown) => {
      // What is left is reported as skipped; the results so far must not be lost.
      if (signal?.aborted !== true) throw thrown;
    });
  };
}
