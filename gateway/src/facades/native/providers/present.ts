// Providers, their health, and the outcome of testing one, as the native API shows them: without secrets, and without what
// belongs to another dialect; to who may not see credentials also without those that people put into requests.

import type { z } from "zod";
import { errorTitle } from "../../../core/messages/error-titles.ts";
import { concealed } from "../../../core/providers/concealed-config.ts";
import type { Provider, ProviderHealth, UpstreamSenderRecord } from "../../../core/providers/provider.ts";
import type { MessageDetail } from "../../../store/message-detail.ts";
import type { healthReply, provider, testReply, upstreamSendersReply } from "./schema.ts";

export function presentProvider(
  stored: Provider,
  health: ProviderHealth | undefined,
  { withSecrets }: { readonly withSecrets: boolean },
): z.output<typeof provider> {
  return {
    id: stored.id,
    number: stored.number,
    accountSid: stored.accountSid,
    name: stored.name,
    kind: stored.kind,
    builtIn: stored.builtIn,
    config: { ...(withSecrets ? stored.config : concealed(stored.config)) },
    secrets: [...stored.secretNames],
    chainPosition: stored.chainPosition,
    health: stored.kind === "sandbox" ? null : health === undefined ? unchecked : presentHealth(health),
    createdAt: stored.createdAt.toISOString(),
    updatedAt: stored.updatedAt.toISOString(),
  };
}

const unchecked: z.output<typeof healthReply> = {
  state: "unchecked",
  code: null,
  reason: null,
  warnings: [],
  upstream: {},
  since: null,
  checkedAt: null,
  checkedBy: null,
};

export function presentHealth(health: ProviderHealth): z.output<typeof healthReply> {
  const { warnings, upstream, since, checkedAt, ...rest } = health;
  return {
    ...rest,
    warnings: [...warnings],
    upstream: { ...upstream },
    since: since.toISOString(),
    checkedAt: checkedAt.toISOString(),
  };
}

export function presentUpstreamSender({
  syncedAt,
  capabilities,
  ...sender
}: UpstreamSenderRecord): z.output<typeof upstreamSendersReply>["senders"][number] {
  return { ...sender, capabilities: [...capabilities], syncedAt: syncedAt.toISOString() };
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
function testOutcome(status: MessageDetail["message"]["status"]): z.output<typeof testReply>["outcome"] {
  if (status === "sent") return "sent";
  if (status === "delivered" || status === "read") return "delivered";
  return status === "failed" || status === "undelivered" || status === "canceled" ? "failed" : "pending";
}
