// Sends the replies that an application asked for in TwiML. Each has an idempotency key made of the callback and its
// position, so that a callback that is delivered again after a crash never answers twice; whatever else the
// application says the second time is not sent. The keys do not last for ever: the callback itself notes that it was
// answered, for replays.

import { createHash } from "node:crypto";
import type { Logger } from "pino";
import { statusCallbackOf } from "../../core/callbacks/status-callback.ts";
import type { Clock } from "../../core/clock.ts";
import { GatewayError, type GatewayErrorCode } from "../../core/errors.ts";
import { type MessageSid, newUuid, sidOf } from "../../core/ids.ts";
import type { Message } from "../../core/messages/message.ts";
import type { Idempotency, MessageRequest } from "../../core/messages/request.ts";
import { countSegments } from "../../core/segments/count.ts";
import type { TwimlReply } from "../../core/twiml/twiml.ts";
import { insertCallbacks, listCallbacks, markCallbackAnswered } from "../../store/callbacks.ts";
import type { Database } from "../../store/database.ts";
import { claimIdempotencyKeys, replyKeyPrefix } from "../../store/idempotency.ts";
import { insertFailedReplies } from "../../store/replies.ts";
import type { Acceptance } from "../acceptance.ts";
import { isLoop, loopProtection } from "../inbound/loop-protection.ts";
import type { InboundReplies, OnInboundReply } from "./attempt.ts";

/** Failures of the gateway, not of the reply: the callback is to be tried again. */
const passing: ReadonlySet<GatewayErrorCode> = new Set(["database-unavailable", "draining", "internal"]);

export function createInboundReplies(deps: {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly acceptance: Acceptance;
}): OnInboundReply {
  const { db, clock, log, acceptance } = deps;

  async function send(replies: InboundReplies, reply: TwimlReply, position: number): Promise<string | null> {
    const pair = { from: reply.from ?? replies.to, to: reply.to ?? replies.from };
    const idempotency = idempotencyOf(replies, reply, position);
    if (await isLoop(db, replies.accountSid, pair, clock.nowMs())) {
      log.warn({ account: replies.accountSid, message: replies.messageSid }, "a loop of automatic replies was stopped");
      await storeFailed(db, { ...pair, accountSid: replies.accountSid, reply, idempotency }, new Date(clock.nowMs()));
      const { webhookCode, replies: limit, windowMs } = loopProtection;
      return `${webhookCode} more than ${limit} automatic replies in ${windowMs / 1000} s`;
    }
    try {
      const options = { direction: "outbound-reply", idempotency } as const;
      const { message } = await acceptance.accept(replies.accountSid, requestOf(reply, pair.from, pair.to), options);
      await requestAction(db, message, reply);
      return null;
    } catch (error) {
      if (!(error instanceof GatewayError) || passing.has(error.code)) throw error;
      // another answer stands under this key: the reply was given before a crash
      if (error.code === "idempotency-conflict") return null;
      return error.code === "opted-out" ? "21610 the recipient has opted out" : `reply refused: ${error.code}`;
    }
  }

  return async (replies) => {
    await markCallbackAnswered(db, replies.accountSid, replies.callbackId);
    const notes: string[] = [];
    for (const [position, reply] of replies.messages.entries()) {
      const note = await send(replies, reply, position);
      if (note !== null) notes.push(note);
    }
    return notes.length === 0 ? null : notes.join("; ");
  };
}

interface FailedReply {
  readonly accountSid: InboundReplies["accountSid"];
  readonly from: string;
  readonly to: string;
  readonly reply: TwimlReply;
  readonly idempotency: Idempotency;
}

const noReplyOptions = { messagingServiceSid: null, mediaUrls: [], options: {}, dueAt: null, paced: false } as const;

/** The reply that a loop has cost, for people to see and its application to be told of; once. */
async function storeFailed(db: Database, failed: FailedReply, now: Date): Promise<void> {
  const { accountSid, from, to, reply, idempotency } = failed;
  const sid = sidOf<MessageSid>("SM", newUuid());
  const { body, statusCallback = null } = reply;
  const errorCode = loopProtection.messageCode;
  const numSegments = countSegments(body).segments;
  const message = { ...noReplyOptions, accountSid, sid, from, to, body, numSegments, statusCallback };
  await db.transaction(async (tx) => {
    if ((await claimIdempotencyKeys(tx, [{ accountSid, messageSid: sid, idempotency }], now)).size === 0) return;
    const direction = "outbound-reply" as const;
    const row = {
      ...message,
      direction,
      status: "failed" as const,
      senderId: null,
      expiresAt: now,
      consentSenders: null,
    };
    await insertFailedReplies(tx, [row], errorCode, now);
    const callback = statusCallbackOf(message, { status: "failed", errorCode });
    await insertCallbacks(tx, callback === null ? [] : [callback]);
  });
}

/** The verb's `action` is told of the message once it is accepted; what it answers has no effect. */
async function requestAction(db: Database, message: Message, { action, method = "POST" }: TwimlReply): Promise<void> {
  if (action === undefined) return;
  const callback = statusCallbackOf(
    { ...message, statusCallback: action },
    { status: message.status, errorCode: null },
  );
  const earlier = await listCallbacks(db, message.accountSid, message.sid);
  if (callback === null || earlier.some(({ url }) => url === action)) return;
  await insertCallbacks(db, [{ ...callback, method }]);
}

function requestOf(reply: TwimlReply, from: string, to: string): MessageRequest {
  return {
    to,
    from,
    ...(reply.body === "" ? {} : { body: reply.body }),
    ...(reply.mediaUrls.length === 0 ? {} : { mediaUrls: reply.mediaUrls }),
    ...(reply.statusCallback === undefined ? {} : { statusCallback: reply.statusCallback }),
  };
}

function idempotencyOf(replies: InboundReplies, reply: TwimlReply, position: number): Idempotency {
  return {
    key: `${replyKeyPrefix}${replies.callbackId}:${position}`,
    requestHash: createHash("sha256").update(JSON.stringify(reply)).digest(),
  };
}
