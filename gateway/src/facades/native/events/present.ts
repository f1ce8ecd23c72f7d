// Events as the live tail sends them: one frame of text/event-stream each.

import type { z } from "zod";
import { uuidTimeMs } from "../../../core/ids.ts";
import { type MessageStatus, messageStatuses } from "../../../core/messages/message.ts";
import type { StoredEvent } from "../../../store/events.ts";
import type { event } from "./schema.ts";

function presentEvent(stored: StoredEvent, withBody: boolean): z.output<typeof event> {
  const { accountSid, id, type, message, messageSid, data } = stored;
  const status = statusAfter(type) ?? message?.status ?? null;
  const failed = status === "failed" || status === "undelivered";
  const codeInEvent = data?.["errorCode"];
  return {
    id,
    type,
    at: new Date(uuidTimeMs(id)).toISOString(),
    accountSid,
    message: {
      sid: messageSid,
      to: message?.to ?? null,
      from: message?.from ?? null,
      status,
      direction: message?.direction ?? null,
      numSegments: message?.numSegments ?? null,
      errorCode: failed ? (typeof codeInEvent === "number" ? codeInEvent : (message?.errorCode ?? null)) : null,
      ...(withBody && message !== null ? { body: message.body } : {}),
    },
    data,
  };
}

/** The status that an event says; the row may have moved on since. */
function statusAfter(type: string): MessageStatus | undefined {
  return messageStatuses.find((status) => type === `message.${status}`);
}

export function eventFrame(stored: StoredEvent, withBody: boolean): string {
  return `id: ${stored.id}\ndata: ${JSON.stringify(presentEvent(stored, withBody))}\n\n`;
}

/** Says that events were left out; `skipped` 0: nobody knows how many. */
export function gapFrame(skipped: number): string {
  return `event: gap\ndata: ${JSON.stringify({ skipped: skipped === 0 ? null : skipped })}\n\n`;
}
