// The sandbox's records as the native API shows them.

import type { z } from "zod";
import type { Message } from "../../../core/messages/message.ts";
import type { HandsetEntry, HandsetSummary } from "../../../store/sandbox.ts";
import type { handsetReply, handsetsReply, inboundReply } from "./schema.ts";

export function presentInbound(message: Message): z.output<typeof inboundReply> {
  return {
    sid: message.sid,
    accountSid: message.accountSid,
    from: message.from ?? "",
    to: message.to,
    body: message.body,
    numMedia: message.numMedia,
    status: message.status,
    createdAt: message.createdAt.toISOString(),
  };
}

/** `entries` may be one longer than `limit`: that one says that there is another page. */
export function presentHandset(
  number: string,
  entries: readonly HandsetEntry[],
  limit: number,
): z.output<typeof handsetReply> {
  const shown = entries.slice(0, limit);
  return {
    number,
    messages: shown.map((entry) => ({
      id: entry.id,
      direction: entry.direction === "to-handset" ? "received" : "sent",
      from: entry.direction === "to-handset" ? entry.sender : entry.handset,
      to: entry.direction === "to-handset" ? entry.handset : entry.sender,
      body: entry.body,
      mediaUrls: [...entry.mediaUrls],
      messageSid: entry.messageSid,
      attempt: entry.attempt,
      errorCode: entry.errorCode,
      at: entry.at.toISOString(),
    })),
    next: entries.length > limit ? (shown.at(-1)?.id ?? null) : null,
  };
}

export function presentHandsets(summaries: readonly HandsetSummary[], window: number): z.output<typeof handsetsReply> {
  return {
    handsets: summaries.map((summary) => ({
      number: summary.handset,
      received: summary.received,
      sent: summary.sent,
      lastActivityAt: summary.lastActivityAt.toISOString(),
    })),
    window,
  };
}
