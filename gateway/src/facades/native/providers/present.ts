// Providers, and the outcome of testing one, as the native API shows them: without secrets, and without what belongs to
// another dialect.

import type { z } from "zod";
import { errorTitle } from "../../../core/messages/error-titles.ts";
import type { Provider } from "../../../core/providers/provider.ts";
import type { MessageDetail } from "../../../store/message-detail.ts";
import type { provider, testReply } from "./schema.ts";

export function presentProvider(stored: Provider): z.output<typeof provider> {
  return {
    id: stored.id,
    accountSid: stored.accountSid,
    name: stored.name,
    kind: stored.kind,
    builtIn: stored.builtIn,
    config: { ...stored.config },
    chainPosition: stored.chainPosition,
    createdAt: stored.createdAt.toISOString(),
    updatedAt: stored.updatedAt.toISOString(),
  };
}

export function presentTest({ message, attempts }: MessageDetail, durationMs: number): z.output<typeof testReply> {
  const last = attempts.at(-1);
  return {
    messageSid: message.sid,
    outcome: testOutcome(message.status),
    status: message.status,
    errorCode: message.errorCode,
    errorMessage: errorTitle(message.errorCode),
    reason: last?.reason ?? null,
    carrierMessageId: last?.carrierMessageId ?? null,
    durationMs: Math.round(durationMs),
  };
}

/** What is known of a test by its message's status. */
export function testOutcome(status: MessageDetail["message"]["status"]): z.output<typeof testReply>["outcome"] {
  if (status === "sent") return "sent";
  if (status === "delivered" || status === "read") return "delivered";
  return status === "failed" || status === "undelivered" || status === "canceled" ? "failed" : "pending";
}
