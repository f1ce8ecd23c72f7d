// One round of asking a provider what became of its messages: many by listing what it sent, newest first, the rest one by
// one, all within bounds. What is learned is stored in pieces, so that a round that is cut short loses nothing.

import type { Logger } from "pino";
import type { CarrierProvider } from "../../carriers/carrier.ts";
import type { TwilioUpstream, UpstreamFailure, UpstreamMessage } from "../../carriers/upstream.ts";
import type { Clock } from "../../core/clock.ts";
import { isDatabaseAway } from "../../core/errors.ts";
import { isFinal } from "../../core/messages/status.ts";
import { nextPollMs } from "../../core/reports/poll-times.ts";
import { reportErrorCode, upstreamStatusOf } from "../../core/reports/upstream-status.ts";
import type { Database, Queryable } from "../../store/database.ts";
import { dropReportPolls, dueReportPolls, postponeReportPolls, type ReportPoll } from "../../store/report-polls.ts";
import type { Reports } from "../reports.ts";
import { type AttemptReport, applyAttemptReports } from "../upstream-reports/apply-attempt-reports.ts";
import { storeTogether } from "../upstream-reports/store-together.ts";

export interface PollRoundDeps {
  readonly db: Database;
  readonly reports: Reports;
  readonly clock: Clock;
  readonly log: Logger;
  readonly upstream: Pick<TwilioUpstream, "findMessage" | "listMessages">;
  /** Called after commits: callbacks may be due. */
  readonly onApplied: () => void;
}

export interface PollRound {
  /** There is more to ask at once. */
  readonly more: boolean;
  /** Why the provider did not answer, all or in part; null: it did. */
  readonly failure: UpstreamFailure | null;
  /** Something was learned. */
  readonly answered: boolean;
}

const pollsPerRoundMax = 1000;
/** A list costs a page or more: so few are asked for one by one. */
const singlesWithoutList = 5;
const pagesMax = 20;
const singlesMax = 50;
const singlesAtOnce = 4;
const perTransactionMax = 200;
/** The provider's clock may differ from ours. */
const clockSlackMs = 300_000;

/** Only for who holds the provider's lease. */
export async function pollProvider(
  deps: PollRoundDeps,
  provider: CarrierProvider,
  signal: AbortSignal,
): Promise<PollRound> {
  const { db, clock } = deps;
  const name = { accountSid: provider.accountSid, providerId: provider.id };
  const due = await dueReportPolls(db, name, new Date(clock.nowMs()), pollsPerRoundMax);
  await dropReportPolls(
    db,
    due.filter((poll) => !poll.wanted),
  );
  const round: Round = {
    deps,
    provider,
    signal,
    left: new Map(due.filter((poll) => poll.wanted).map((poll) => [poll.carrierMessageId, poll])),
  };
  const asked = round.left.size;
  const listed = round.left.size > singlesWithoutList ? await askByList(round) : null;
  const failure = listed ?? (await askOneByOne(round));
  return {
    more: failure === null && (due.length === pollsPerRoundMax || round.left.size > 0),
    failure,
    answered: round.left.size < asked,
  };
}

interface Round {
  readonly deps: PollRoundDeps;
  readonly provider: CarrierProvider;
  readonly signal: AbortSignal;
  /** Not answered yet, by the provider's own ids. */
  readonly left: Map<string, ReportPoll>;
}

interface Answer {
  readonly poll: ReportPoll;
  /** Null: the provider does not know the message, or not any more. */
  readonly message: UpstreamMessage | null;
}

async function askByList(round: Round): Promise<UpstreamFailure | null> {
  const { deps, provider, signal, left } = round;
  const oldestMs = Math.min(...[...left.values()].map((poll) => poll.sentAt.getTime()));
  // No more pages than requests that it spares.
  const pages = Math.min(pagesMax, left.size);
  let read = 0;
  const result = await deps.upstream.listMessages(
    provider,
    new Date(oldestMs - clockSlackMs),
    async (messages) => {
      read += 1;
      await storeAnswers(
        round,
        messages.flatMap((message) => {
          const poll = left.get(message.carrierMessageId);
          return poll === undefined ? [] : [{ poll, message }];
        }),
      );
      return left.size > 0 && read < pages;
    },
    signal,
  );
  return result.kind === "failure" && isOutage(result) ? result : null;
}

async function askOneByOne(round: Round): Promise<UpstreamFailure | null> {
  const asked = [...round.left.values()].slice(0, singlesMax);
  for (let start = 0; start < asked.length; start += singlesAtOnce) {
    const some = asked.slice(start, start + singlesAtOnce);
    const { deps, provider, signal } = round;
    const results = await Promise.all(
      some.map((poll) => deps.upstream.findMessage(provider, poll.carrierMessageId, signal)),
    );
    const answers = some.flatMap((poll, index): Answer[] => {
      const result = results[index];
      if (result?.kind === "ok") return [{ poll, message: result.value }];
      return result === undefined || isOutage(result) ? [] : [{ poll, message: null }];
    });
    await storeAnswers(round, answers);
    const outage = results.find((result): result is UpstreamFailure => result.kind === "failure" && isOutage(result));
    if (outage !== undefined) return outage;
  }
  return null;
}

/** The provider cannot be asked about anything at the moment; otherwise it only lacks this one. */
function isOutage({ state }: UpstreamFailure): boolean {
  return state !== "misconfigured";
}

async function storeAnswers(round: Round, answers: readonly Answer[]): Promise<void> {
  for (let start = 0; start < answers.length; start += perTransactionMax) {
    const some = answers.slice(start, start + perTransactionMax);
    await storeSome(round, some);
    for (const { poll } of some) round.left.delete(poll.carrierMessageId);
  }
}

/** What cannot be stored is as good as not answered: it must not keep the others from their reports. */
async function storeSome(round: Round, answers: readonly Answer[]): Promise<void> {
  const { db, clock, log } = round.deps;
  const failures = await storeTogether(answers, (some) => storeAll(round, some), log);
  const away = failures.find((failure) => isDatabaseAway(failure));
  if (away !== undefined) throw away;
  const unstored = answers.filter((_, index) => failures[index] !== undefined).map(({ poll }) => poll);
  if (unstored.length === 0) return;
  const { accountSid, id: providerId } = round.provider;
  const err = failures.find((failure) => failure !== undefined);
  log.warn({ err, accountSid, providerId, reports: unstored.length }, "what a provider reports cannot be stored");
  const now = new Date(clock.nowMs());
  await db.transaction((tx) => askAgain(tx, unstored, now));
}

/** Later, and not for ever. */
async function askAgain(tx: Queryable, polls: readonly ReportPoll[], now: Date): Promise<void> {
  const next = polls.map((poll) => ({ poll, dueAt: nextOf(poll, now) }));
  await postponeReportPolls(
    tx,
    next.flatMap(({ poll, dueAt }) => (dueAt === null ? [] : [{ ...poll, dueAt }])),
  );
  await dropReportPolls(
    tx,
    next.flatMap(({ poll, dueAt }) => (dueAt === null ? [poll] : [])),
  );
}

async function storeAll({ deps, provider }: Round, answers: readonly Answer[]): Promise<void> {
  const now = new Date(deps.clock.nowMs());
  const reports = answers.flatMap(({ poll, message }) => reportOf(provider, poll, message) ?? []);
  const ended = answers.filter(({ message }) => message !== null && isEnd(message.status)).map(({ poll }) => poll);
  const again = answers.map(({ poll }) => poll).filter((poll) => !ended.includes(poll));
  await deps.db.transaction(async (tx) => {
    await applyAttemptReports(tx, deps.reports, reports, now);
    await dropReportPolls(tx, ended);
    await askAgain(tx, again, now);
  });
  if (reports.length > 0) deps.onApplied();
}

function reportOf(provider: CarrierProvider, poll: ReportPoll, message: UpstreamMessage | null): AttemptReport | null {
  const status = message && upstreamStatusOf(message.status);
  if (message === null || status === null) return null;
  const { accountSid, messageSid, attempt, carrierMessageId } = poll;
  return {
    accountSid,
    messageSid,
    attempt,
    carrierMessageId,
    providerId: provider.id,
    status,
    errorCode: reportErrorCode(status, message.errorCode),
    at: message.at,
  };
}

function isEnd(status: string): boolean {
  const known = upstreamStatusOf(status);
  return known !== null && known !== "taken" && isFinal(known);
}

function nextOf({ sentAt, calledBack, tries }: ReportPoll, now: Date): Date | null {
  const nextMs = nextPollMs({ sentAtMs: sentAt.getTime(), calledBack, tries: tries + 1 }, now.getTime());
  return nextMs === null ? null : new Date(nextMs);
}
