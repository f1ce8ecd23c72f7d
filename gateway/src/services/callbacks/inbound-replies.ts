// Sends the replies that an application asked for in TwiML. Each has an idempotency key made of the callback and its
// position, so that a callback that is delivered again after a crash never answers twice; whatever else the
// application says the second time is not sent.

import { createHash } from "node:crypto";
import type { Logger } from "pino";
import type { Clock } from "../../core/clock.ts";
import { GatewayError, type GatewayErrorCode } from "../../core/errors.ts";
import type { MessageRequest } from "../../core/messages/request.ts";
import type { TwimlReply } from "../../core/twiml/twiml.ts";
import type { Database } from "../../store/database.ts";
import { replyKeyPrefix } from "../../store/idempotency.ts";
import { countReplies } from "../../store/replies.ts";
import type { Acceptance } from "../acceptance.ts";
import type { InboundReplies, OnInboundReply } from "./attempt.ts";

/** More automatic replies than this to one peer within the window are taken for a loop. */
const repliesPerWindow = 20;
const windowMs = 60_000;
const loopDetected = 14107;

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
    const from = reply.from ?? replies.to;
    const to = reply.to ?? replies.from;
    const since = new Date(clock.nowMs() - windowMs);
    if ((await countReplies(db, replies.accountSid, { from, to }, since)) >= repliesPerWindow) {
      log.warn({ account: replies.accountSid, message: replies.messageSid }, "a loop of automatic replies was stopped");
      return `${loopDetected} more than ${repliesPerWindow} automatic replies in ${windowMs / 1000} s`;
    }
    try {
      await acceptance.accept(replies.accountSid, requestOf(reply, from, to), {
        direction: "outbound-reply",
        idempotency: idempotencyOf(replies, reply, position),
      });
      return null;
    } catch (error) {
      if (!(error instanceof GatewayError) || passing.has(error.code)) throw error;
      // another answer stands under this key: the reply was given before a crash
      if (error.code === "idempotency-conflict") return null;
      return error.code === "opted-out" ? "21610 the recipient has opted out" : `reply refused: ${error.code}`;
    }
  }

  return async (replies) => {
    const notes: string[] = [];
    for (const [position, reply] of replies.messages.entries()) {
      const note = await send(replies, reply, position);
      if (note !== null) notes.push(note);
    }
    return notes.length === 0 ? null : notes.join("; ");
  };
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

function idempotencyOf(replies: InboundReplies, reply: TwimlReply, position: number) {
  return {
    key: `${replyKeyPrefix}${replies.callbackId}:${position}`,
    requestHash: createHash("sha256").update(JSON.stringify(reply)).digest(),
  };
}
