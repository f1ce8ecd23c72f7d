// The form fields of callbacks: what an application is told about a change of status or an inbound message, in the
// names and the order that Twilio's webhooks have. Only shapes; sending is the callback service's.

import { countryOf } from "../addresses/phone-number.ts";
import { type AccountSid, type MessageSid, type MessagingServiceSid, newUuid } from "../ids.ts";
import { errorTitle } from "../messages/error-titles.ts";
import type { MessageStatus } from "../messages/message.ts";
import type { NewCallback } from "./callback.ts";

type Field = readonly [name: string, value: string];

/** What a status callback tells of a message, beside the change. */
export interface ReportableMessage {
  readonly accountSid: AccountSid;
  readonly sid: MessageSid;
  readonly from: string | null;
  readonly to: string;
  readonly messagingServiceSid: MessagingServiceSid | null;
}

export interface StatusChange {
  readonly status: MessageStatus;
  readonly errorCode: number | null;
  /** When the carrier says that it happened. */
  readonly at?: Date;
}

const API_VERSION = "2010-04-01";

function statusCallbackFields(
  message: ReportableMessage,
  status: MessageStatus,
  errorCode: number | null,
  at?: Date,
): Field[] {
  const fields: Field[] = [
    ["MessageSid", message.sid],
    ["MessageStatus", status],
    ["SmsSid", message.sid],
    ["SmsStatus", status],
    ["AccountSid", message.accountSid],
    ["From", message.from ?? ""],
    ["To", message.to],
    ["ApiVersion", API_VERSION],
  ];
  if (message.messagingServiceSid !== null) fields.push(["MessagingServiceSid", message.messagingServiceSid]);
  if (errorCode !== null && (status === "failed" || status === "undelivered")) {
    fields.push(["ErrorCode", String(errorCode)]);
    const title = errorTitle(errorCode);
    if (title !== null) fields.push(["ErrorMessage", title]);
  }
  if (at !== undefined && (status === "delivered" || status === "undelivered")) {
    fields.push(["RawDlrDoneDate", minuteOf(at)]);
  }
  return fields;
}

/** The callback of a change of status; null when nobody wants one. */
export function statusCallbackOf(
  message: ReportableMessage & { readonly statusCallback: string | null },
  { status, errorCode, at }: StatusChange,
): NewCallback | null {
  if (message.statusCallback === null) return null;
  return {
    accountSid: message.accountSid,
    id: newUuid(),
    messageSid: message.sid,
    kind: "status",
    url: message.statusCallback,
    method: "POST",
    fallbackUrl: null,
    fallbackMethod: "POST",
    fields: statusCallbackFields(message, status, errorCode, at),
  };
}

export interface ReceivedMessage {
  readonly accountSid: AccountSid;
  readonly sid: MessageSid;
  readonly from: string;
  readonly to: string;
  readonly messagingServiceSid: MessagingServiceSid | null;
  readonly body: string;
  readonly numSegments: number;
  /** The keyword that the upstream has taken it for. */
  readonly optOutType?: string | undefined;
  /** What the upstream knows of where the numbers are: `FromCity` … */
  readonly places?: Readonly<Record<string, string>> | undefined;
}

export interface ReceivedMedia {
  /** Where the application can fetch it. */
  readonly url: string;
  readonly contentType: string;
}

export function inboundFields(message: ReceivedMessage, media: readonly ReceivedMedia[]): Field[] {
  const fields: Field[] = [
    ["MessageSid", message.sid],
    ["SmsSid", message.sid],
    ["SmsMessageSid", message.sid],
    ["AccountSid", message.accountSid],
  ];
  if (message.messagingServiceSid !== null) fields.push(["MessagingServiceSid", message.messagingServiceSid]);
  fields.push(
    ["From", message.from],
    ["To", message.to],
    ["Body", message.body],
    ["NumMedia", String(media.length)],
    ["NumSegments", String(message.numSegments)],
    ["SmsStatus", "received"],
    ["ApiVersion", API_VERSION],
  );
  for (const [index, item] of media.entries()) {
    fields.push([`MediaUrl${index}`, item.url], [`MediaContentType${index}`, item.contentType]);
  }
  const places = [...placeFields("From", message.from), ...placeFields("To", message.to)];
  fields.push(...places.map(([name, value]): Field => [name, message.places?.[name] || value]));
  if (message.optOutType !== undefined) fields.push(["OptOutType", message.optOutType]);
  return fields;
}

/** Applications expect the names to be there; only the country can be told from a number. */
function placeFields(side: "From" | "To", address: string): Field[] {
  const country = address.startsWith("+") ? countryOf(address) : null;
  return [
    [`${side}City`, ""],
    [`${side}State`, ""],
    [`${side}Zip`, ""],
    [`${side}Country`, country ?? ""],
  ];
}

/** `YYMMDDhhmm`, UTC. */
function minuteOf(at: Date): string {
  return at.toISOString().slice(2, 16).replace(/[-T:]/g, "");
}
