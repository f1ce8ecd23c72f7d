// What a webhook tells, in one shape for every kind of it.

import { isObject } from "../json.ts";

export interface WebhookEvent {
  /** `inbound`: a message came in. `status`: one of yours went on. `other`: anything else that Twilio sends. */
  readonly kind: "inbound" | "status" | "other";
  readonly messageSid: string | null;
  readonly accountSid: string | null;
  readonly messagingServiceSid: string | null;
  readonly from: string | null;
  readonly to: string | null;
  /** Null: there is none, as in a status update. */
  readonly body: string | null;
  readonly numSegments: number | null;
  readonly media: readonly { readonly url: string; readonly contentType: string }[];
  readonly status: string | null;
  readonly errorCode: number | null;
  /** `STOP`, `START` or `HELP`. */
  readonly optOutType: string | null;
  /** `sms`, or a channel such as `whatsapp`. */
  readonly channel: string;
  /** The same for every delivery of one event. Null when the sender gave none. */
  readonly idempotencyToken: string | null;
  /** To tell a repeated delivery: the token, or what stands for it; never the SID alone, which every status shares. */
  readonly deduplicationKey: string | null;
}

const MOST_MEDIA = 10;

/** `data`: an object of fields; anything else is `other`. */
export function readEvent(data: unknown, idempotencyToken: string | null): WebhookEvent {
  const object = isObject(data) ? data : {};
  const field = (name: string): string | null => {
    const value = Object.hasOwn(object, name) ? object[name] : undefined;
    const first: unknown = Array.isArray(value) ? value[0] : value;
    return typeof first === "string" && first !== "" ? first : null;
  };
  const messageSid = field("MessageSid") ?? field("SmsSid") ?? field("SmsMessageSid");
  const messageStatus = field("MessageStatus");
  const status = messageStatus ?? field("SmsStatus");
  const kind = kindOf(messageSid, status, messageStatus !== null);
  const from = field("From");
  return {
    kind,
    messageSid,
    accountSid: field("AccountSid"),
    messagingServiceSid: field("MessagingServiceSid"),
    from,
    to: field("To"),
    body: kind === "inbound" ? (field("Body") ?? "") : field("Body"),
    numSegments: numberOf(field("NumSegments")),
    media: mediaOf(field),
    status,
    errorCode: numberOf(field("ErrorCode")),
    optOutType: field("OptOutType"),
    channel: /^([a-z]+):/i.exec(from ?? "")?.[1]?.toLowerCase() ?? "sms",
    idempotencyToken,
    deduplicationKey: idempotencyToken ?? (messageSid === null ? null : `${messageSid}:${status ?? ""}`),
  };
}

function kindOf(messageSid: string | null, status: string | null, isUpdate: boolean): WebhookEvent["kind"] {
  if (messageSid === null) return "other";
  if (!isUpdate && (status === null || status === "received" || status === "receiving")) return "inbound";
  return status === null ? "other" : "status";
}

function mediaOf(field: (name: string) => string | null): WebhookEvent["media"] {
  const count = Math.min(numberOf(field("NumMedia")) ?? 0, MOST_MEDIA);
  return Array.from({ length: Math.max(0, count) }, (_, index) => ({
    url: field(`MediaUrl${index}`) ?? "",
    contentType: field(`MediaContentType${index}`) ?? "",
  })).filter(({ url }) => url !== "");
}

function numberOf(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}
