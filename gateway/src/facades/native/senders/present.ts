// Senders as the native API shows them.

import type { z } from "zod";
import type { Sender } from "../../../core/senders/sender.ts";
import type { sender } from "./schema.ts";

export function presentSender(stored: Sender): z.output<typeof sender> {
  return {
    sid: stored.sid,
    accountSid: stored.accountSid,
    kind: stored.kind,
    address: stored.address,
    friendlyName: stored.friendlyName,
    providerId: stored.providerId,
    messagingServiceSid: stored.messagingServiceSid,
    smsUrl: stored.smsUrl,
    smsMethod: stored.smsMethod,
    smsFallbackUrl: stored.smsFallbackUrl,
    smsFallbackMethod: stored.smsFallbackMethod,
    segmentsPerSecond: stored.segmentsPerSecond,
    queueLimitSeconds: stored.queueLimitSeconds,
    createdAt: stored.createdAt.toISOString(),
    updatedAt: stored.updatedAt.toISOString(),
  };
}
