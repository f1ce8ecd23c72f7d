// What an upstream says of messages by now: of one, and of all since some time.

import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import type { UpstreamMessage, UpstreamResult } from "../upstream.ts";
import { errorCode } from "./answer.ts";
import { askObject, askPages, shapeless } from "./ask.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Exchange } from "./exchange.ts";
import { dateOf, isOutbound, messageResource, upstreamMessage } from "./message-resource.ts";

interface MessagesDeps {
  readonly exchange: Exchange;
  readonly clock: Clock;
}

const pageSize = 200;
const maxPages = 500;

export async function findMessage(
  { exchange, clock }: MessagesDeps,
  endpoint: Endpoint,
  carrierMessageId: string,
  signal: AbortSignal,
): Promise<UpstreamResult<UpstreamMessage>> {
  const now = new Date(clock.nowMs());
  const id = encodeURIComponent(carrierMessageId);
  if (isVerification(carrierMessageId)) return findSending({ exchange, now }, endpoint, carrierMessageId, signal);
  const path = `${endpoint.accountPath}/Messages/${id}.json`;
  const result = await askObject(exchange, endpoint, { product: "api", path, signal });
  if (result.kind === "failure") return result;
  const message = messageResource.safeParse(result.value.body);
  // A server that answers with another message than the one that was asked for is not to be believed.
  if (!message.success || message.data.sid !== carrierMessageId) return shapeless("that message", false);
  return { kind: "ok", value: upstreamMessage(message.data, now) };
}

function isVerification(carrierMessageId: string): boolean {
  return /^V[EL][0-9a-f]{32}$/i.test(carrierMessageId);
}

const sending = z.looseObject({
  sid: z.string(),
  date_updated: z.string().nullish(),
  channel_data: z
    .looseObject({
      message_status: z.string().nullish().catch(null),
      error_code: z.union([z.string(), z.number()]).nullish().catch(null),
    })
    .nullish()
    .catch(null),
});

/** What Verify tells of one of its own messages; of a whole verification (`VE…`) nothing: it stays sent. */
async function findSending(
  { exchange, now }: { readonly exchange: Exchange; readonly now: Date },
  endpoint: Endpoint,
  carrierMessageId: string,
  signal: AbortSignal,
): Promise<UpstreamResult<UpstreamMessage>> {
  const sent: UpstreamMessage = { carrierMessageId, status: "sent", errorCode: null, at: now };
  if (!carrierMessageId.startsWith("VL")) return { kind: "ok", value: sent };
  const path = `/v2/Attempts/${carrierMessageId}`;
  const result = await askObject(exchange, endpoint, { product: "verify", path, signal });
  if (result.kind === "failure") return result;
  const read = sending.safeParse(result.value.body);
  if (!read.success || read.data.sid !== carrierMessageId) return shapeless("that sending", false);
  const { channel_data: channel, date_updated: updated } = read.data;
  const status = channel?.message_status?.toLowerCase() ?? "sent";
  return {
    kind: "ok",
    value: { ...sent, status, errorCode: errorCode(channel?.error_code), at: dateOf(updated) ?? now },
  };
}

export async function listMessages(
  { exchange, clock }: MessagesDeps,
  endpoint: Endpoint,
  {
    since,
    onPage,
    signal,
  }: {
    readonly since: Date;
    readonly onPage: (messages: readonly UpstreamMessage[]) => boolean | Promise<boolean>;
    readonly signal: AbortSignal;
  },
): Promise<UpstreamResult<void>> {
  const result = await askPages(
    exchange,
    endpoint,
    {
      product: "api",
      path: `${endpoint.accountPath}/Messages.json`,
      // Not by date of sending: messages that wait have none yet.
      query: { PageSize: String(pageSize) },
      key: "messages",
      item: messageResource,
      maxPages,
      signal,
    },
    async ({ items }) => {
      const now = new Date(clock.nowMs());
      const recent = items.filter((message) => (dateOf(message.date_created) ?? now) >= since);
      const goOn = await onPage(recent.filter(isOutbound).map((message) => upstreamMessage(message, now)));
      return goOn && (recent.length === items.length || recent.length > 0);
    },
  );
  if (result.kind === "failure") return result;
  return { kind: "ok", value: undefined };
}
