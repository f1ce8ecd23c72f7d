// Inbound messages: stored with their event, consent, callback and automatic reply (to STOP, START and HELP) in one
// transaction. A batch is stored whole or not at all.

import type { InboundMessage } from "../../carriers/carrier.ts";
import type { NewCallback } from "../../core/callbacks/callback.ts";
import { inboundFields } from "../../core/callbacks/status-callback.ts";
import type { Clock } from "../../core/clock.ts";
import { GatewayError } from "../../core/errors.ts";
import { type MessageSid, newUuid, sidOf, type Uuid } from "../../core/ids.ts";
import type { Keyword } from "../../core/keywords/keywords.ts";
import type { Message } from "../../core/messages/message.ts";
import { countSegments } from "../../core/segments/count.ts";
import type { MessagingService } from "../../core/senders/messaging-service.ts";
import type { Sender } from "../../core/senders/sender.ts";
import { findApplication } from "../../store/applications.ts";
import { insertCallbacks } from "../../store/callbacks.ts";
import type { Database, Queryable } from "../../store/database.ts";
import { lockSenderServices } from "../../store/freed-senders.ts";
import { type InboundRow, insertInbound } from "../../store/inbound.ts";
import { insertMessages, type NewMessage } from "../../store/message-insert.ts";
import { findMessagingService } from "../../store/messaging-services.ts";
import { insertFailedReplies } from "../../store/replies.ts";
import { findSenderByAddress } from "../../store/senders.ts";
import { createKeywordBooks, type KeywordBooks } from "./keyword-books.ts";
import { applyKeyword, type RecognisedKeyword, recogniseKeyword } from "./keyword-consent.ts";
import { isLoop, loopProtection } from "./loop-protection.ts";

/** A message from wherever it came, and what its upstream knows of it. */
export interface Arrival extends InboundMessage {
  /** The keyword that the upstream has taken it for, whatever language it is in. Default: what the body says. */
  readonly optOutType?: Keyword;
  /** Who answers a keyword: `upstream` has done so already. Default `gateway`. */
  readonly keywordReplies?: "gateway" | "upstream";
  /** The upstream's own id. */
  readonly carrierMessageId?: string;
  /** Where the two numbers are, in the names of the webhook's fields: `FromCity` … */
  readonly places?: Readonly<Record<string, string>>;
}

export interface Inbound {
  /**
   * Stores messages in order and resolves to them after the commit. Rejects with `not-found` when one is not addressed
   * to a sender of its account; then none is stored. `alongside` writes in the same transaction: what it rejects with,
   * so does this, and nothing is stored.
   */
  receive(messages: readonly Arrival[], alongside?: WriteAlongside): Promise<Message[]>;
}

/** Told of the messages in order, before their commit. */
export type WriteAlongside = (tx: Queryable, messages: readonly Message[]) => Promise<void>;

export interface InboundDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly wakeCallbacks: () => void;
  /** Told of messages after their commit; replies are due at once. */
  readonly onStored: (direction: "inbound" | "outbound-reply", count: number) => void;
  /** Where applications reach this gateway, for the URLs of media; null: they get the media's own URLs. */
  readonly publicUrl?: string | null;
}

interface Receipt {
  readonly row: InboundRow;
  readonly arrival: Arrival;
  readonly sender: Sender;
  readonly recognised: RecognisedKeyword | null;
  readonly callback: NewCallback | null;
}

export function createInbound(deps: InboundDeps): Inbound {
  const { db, clock } = deps;
  const books = createKeywordBooks(db);

  return {
    async receive(messages, alongside) {
      if (messages.length === 0) return [];
      const now = new Date(clock.nowMs());
      const receipts: Receipt[] = [];
      for (const message of messages) receipts.push(await prepare(deps, books, message, now));
      const stored = receipts.map((receipt) => receipt.row.message);
      const replies = await db.transaction(async (tx) => {
        const count = await store(tx, receipts, now);
        await alongside?.(tx, stored);
        return count;
      });
      deps.wakeCallbacks();
      deps.onStored("inbound", receipts.length);
      if (replies > 0) deps.onStored("outbound-reply", replies);
      return stored;
    },
  };
}

/** Resolves to how many automatic replies were stored: with the word that they answer, so that a crash loses neither. */
async function store(tx: Queryable, receipts: readonly Receipt[], now: Date): Promise<number> {
  // First of all, while nothing else is held. A service that the sender has left since would keep the word to itself.
  const said = receipts.filter(({ recognised }) => recognised !== null);
  const serviceOf = await lockSenderServices(
    tx,
    said.map(({ sender }) => sender),
  );
  await insertInbound(
    tx,
    receipts.map((receipt) => receipt.row),
    now,
  );
  await insertCallbacks(
    tx,
    receipts.flatMap((receipt) => receipt.callback ?? []),
  );
  let replies = 0;
  for (const { row, arrival, sender, recognised } of receipts) {
    if (recognised === null) continue;
    const { accountSid, from } = arrival;
    const word = { accountSid, sid: row.message.sid, from, address: sender.address, service: serviceOf(sender) };
    const reply = await applyKeyword(tx, { ...word, recognised }, now);
    if (reply === null || arrival.keywordReplies === "upstream") continue;
    replies += await answerKeyword(tx, automaticReply(sender, from, reply, now), now);
  }
  return replies;
}

/** Stores an automatic reply, unless that would go on and on. Resolves to how many are to be sent: 1 or 0. */
async function answerKeyword(tx: Queryable, reply: NewMessage, now: Date): Promise<number> {
  const { accountSid, to } = reply;
  // A number of our own that writes to another would be answered by ourselves.
  if ((await findSenderByAddress(tx, accountSid, to)) !== null) return 0;
  if (await isLoop(tx, accountSid, { from: reply.from ?? "", to }, now.getTime())) {
    await insertFailedReplies(tx, [reply], loopProtection.messageCode, now);
    return 0;
  }
  await insertMessages(tx, [reply], now);
  return 1;
}

const replyValidityMs = 36_000_000;

/** The platform's own answer to a keyword. The confirmation of a STOP is the one message that passes the opt-out. */
function automaticReply(sender: Sender, to: string, body: string, now: Date): NewMessage {
  return {
    accountSid: sender.accountSid,
    sid: sidOf<MessageSid>("SM", newUuid()),
    direction: "outbound-reply",
    status: "queued",
    from: sender.address,
    to,
    senderId: sender.id,
    messagingServiceSid: null,
    body,
    numSegments: countSegments(body).segments,
    mediaUrls: [],
    statusCallback: null,
    options: { bypassConsent: true },
    dueAt: null,
    expiresAt: new Date(now.getTime() + replyValidityMs),
    paced: false,
    consentSenders: null,
  };
}

async function prepare(
  { db, publicUrl = null }: InboundDeps,
  books: KeywordBooks,
  arrival: Arrival,
  now: Date,
): Promise<Receipt> {
  const { accountSid, from, to } = arrival;
  const sender = await findSenderByAddress(db, accountSid, to);
  if (sender === null) {
    throw new GatewayError("not-found", "'To' is not a number or short code of this account.", { values: { to } });
  }
  const messageId = newUuid();
  const media = arrival.mediaUrls.map(({ url, contentType }) => ({ id: newUuid(), url, contentType }));
  const body = storable(arrival.body);
  const message: Message = {
    accountSid,
    sid: sidOf<MessageSid>(media.length > 0 ? "MM" : "SM", messageId),
    direction: "inbound",
    status: "received",
    from,
    to,
    messagingServiceSid: sender.messagingServiceSid,
    body,
    numSegments: countSegments(body).segments,
    numMedia: media.length,
    createdAt: now,
    updatedAt: now,
    sentAt: now,
    errorCode: null,
    price: null,
    priceUnit: null,
    options: {},
  };
  const target = await targetOf(db, sender);
  const shown = media.map((item) => ({ ...item, url: mediaUrl(publicUrl, message, item) }));
  const recognised = await recogniseKeyword(books, sender, { body, named: arrival.optOutType ?? null });
  // Applications are told of keywords where somebody has configured them, here or upstream.
  const optOutType = arrival.optOutType ?? (recognised?.customised === true ? recognised.keyword : undefined);
  const { places } = arrival;
  const fields = inboundFields({ ...message, from, optOutType, places }, shown);
  const callback = target && {
    accountSid,
    id: newUuid(),
    messageSid: message.sid,
    kind: "inbound" as const,
    fields,
    ...target,
  };
  return {
    row: { message, senderId: sender.id, media, origin: originOf(arrival) },
    arrival,
    sender,
    recognised,
    callback,
  };
}

function originOf({ providerId, carrierMessageId }: Arrival): Record<string, string> | null {
  if (providerId === null) return null;
  return { providerId, ...(carrierMessageId === undefined ? {} : { carrierMessageId }) };
}

type Target = Pick<NewCallback, "url" | "method" | "fallbackUrl" | "fallbackMethod">;

/** The number's own URLs or its application's, or those of its messaging service unless that leaves it to the number. Null: only stored. */
async function targetOf(db: Queryable, sender: Sender): Promise<Target | null> {
  const serviceSid = sender.messagingServiceSid;
  const service = serviceSid === null ? null : await findMessagingService(db, sender.accountSid, serviceSid);
  if (service !== null && !service.settings.useInboundWebhookOnNumber) return targetOfService(service);
  if (sender.smsApplicationSid !== null) return await targetOfApplication(db, sender, sender.smsApplicationSid);
  if (sender.smsUrl === "") return null;
  return {
    url: sender.smsUrl,
    method: sender.smsMethod,
    fallbackUrl: sender.smsFallbackUrl || null,
    fallbackMethod: sender.smsFallbackMethod,
  };
}

async function targetOfApplication(db: Queryable, sender: Sender, sid: string): Promise<Target | null> {
  const application = await findApplication(db, sender.accountSid, sid);
  if (!application?.smsUrl) return null;
  return {
    url: application.smsUrl,
    method: application.smsMethod,
    fallbackUrl: application.smsFallbackUrl || null,
    fallbackMethod: application.smsFallbackMethod,
  };
}

function targetOfService(service: MessagingService): Target | null {
  if (!service.inboundRequestUrl) return null;
  return {
    url: service.inboundRequestUrl,
    method: service.inboundMethod,
    fallbackUrl: service.fallbackUrl || null,
    fallbackMethod: service.fallbackMethod,
  };
}

function mediaUrl(
  publicUrl: string | null,
  message: Message,
  item: { readonly id: Uuid; readonly url: string },
): string {
  if (publicUrl === null) return item.url;
  const base = publicUrl.replace(/\/$/, "");
  return `${base}/2010-04-01/Accounts/${message.accountSid}/Messages/${message.sid}/Media/${sidOf("ME", item.id)}`;
}

/** PostgreSQL stores neither U+0000 nor half a surrogate pair. */
function storable(text: string): string {
  return text.replaceAll("\0", "").toWellFormed();
}
