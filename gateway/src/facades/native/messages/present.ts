// Messages as the native API shows them. The timeline is put together here: acceptance (from the row), attempts,
// events and callbacks, in the order in which they happened.

import type { z } from "zod";
import { uuidTimeMs } from "../../../core/ids.ts";
import { errorTitle } from "../../../core/messages/error-titles.ts";
import type { Message } from "../../../core/messages/message.ts";
import { countSegments } from "../../../core/segments/count.ts";
import type { StoredCallback } from "../../../store/callbacks.ts";
import type { MessageAttempt, MessageDetail, TimelineEvent } from "../../../store/message-detail.ts";
import type { attempt, message, messageSummary, timelineEntry } from "./schema.ts";

type TimelineEntry = z.output<typeof timelineEntry>;

export function presentSummary(message: Message): z.output<typeof messageSummary> {
  return {
    sid: message.sid,
    accountSid: message.accountSid,
    direction: message.direction,
    status: message.status,
    from: message.from,
    to: message.to,
    messagingServiceSid: message.messagingServiceSid,
    body: message.body,
    numSegments: message.numSegments,
    numMedia: message.numMedia,
    createdAt: message.createdAt.toISOString(),
    updatedAt: message.updatedAt.toISOString(),
    sentAt: message.sentAt?.toISOString() ?? null,
    errorCode: message.errorCode,
    errorMessage: errorTitle(message.errorCode),
  };
}

export function presentMessage(detail: MessageDetail): z.output<typeof message> {
  const { encoding, segments, units } = countSegments(detail.message.body);
  return {
    ...presentSummary(detail.message),
    dueAt: detail.dueAt?.toISOString() ?? null,
    segments: { encoding, count: detail.message.numSegments || segments, units },
    attempts: detail.attempts.map(presentAttempt),
    timeline: timelineOf(detail),
  };
}

function presentAttempt(attempted: MessageAttempt): z.output<typeof attempt> {
  return {
    ...attempted,
    startedAt: attempted.startedAt.toISOString(),
    finishedAt: attempted.finishedAt?.toISOString() ?? null,
  };
}

function timelineOf({ message, attempts, events, callbacks }: MessageDetail): TimelineEntry[] {
  const inbound = message.direction === "inbound";
  const entries: TimelineEntry[] = [
    { at: message.createdAt.toISOString(), type: inbound ? "message.received" : "message.accepted", data: null },
    ...attempts.flatMap((attempted) => attemptEntries(attempted, events)),
    ...events.map(({ id, type, data }) => ({ at: new Date(uuidTimeMs(id)).toISOString(), type, data })),
    ...callbacks.flatMap(callbackEntries),
  ];
  // A stable sort: what happened in the same millisecond stays in the order above, which is the causal one.
  return entries.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
}

function attemptEntries(attempted: MessageAttempt, events: readonly TimelineEvent[]): TimelineEntry[] {
  const { attempt, providerId, providerName, from, errorCode, reason, carrierMessageId } = attempted;
  const provider = { attempt, providerId, providerName };
  const started = { at: attempted.startedAt.toISOString(), type: "attempt.started", data: { ...provider, from } };
  if (attempted.finishedAt === null || attempted.outcome === null) return [started];
  // The row is finished with its batch, a moment after the event that the outcome led to: the outcome was first.
  const led = events.filter(({ data }) => data?.["attempt"] === attempt).map(({ id }) => uuidTimeMs(id));
  const finishedMs = Math.min(attempted.finishedAt.getTime(), ...led);
  const data = { ...provider, errorCode, reason, carrierMessageId };
  return [started, { at: new Date(finishedMs).toISOString(), type: `attempt.${attempted.outcome}`, data }];
}

function callbackEntries(callback: StoredCallback): TimelineEntry[] {
  const { id, kind, method, attempts, lastStatus, lastError } = callback;
  const about = { callbackId: id, kind, method, url: withoutCredentials(callback.url) };
  const created = { at: callback.createdAt.toISOString(), type: "callback.created", data: about };
  if (callback.state === "pending" || callback.finishedAt === null) {
    const pending = { ...about, attempts, lastStatus, lastError, nextAt: callback.dueAt?.toISOString() ?? null };
    return [{ ...created, data: attempts === 0 ? about : pending }];
  }
  const finished = { ...about, attempts, lastStatus, lastError };
  return [created, { at: callback.finishedAt.toISOString(), type: `callback.${callback.state}`, data: finished }];
}

/** A callback URL may carry a user and password; they are for the application's server only. */
export function withoutCredentials(url: string): string {
  return url.replace(/^(https?:\/\/)[^/?#]*@/i, "$1");
}
