// A message as the actions give it: the fields of Twilio's SDKs, in camelCase, with dates as ISO 8601.

import { ActionError } from "./errors.ts";
import { isObject, type JsonObject, numberOrNull, textOf, textOrNull } from "./json.ts";

export interface Message {
  readonly sid: string;
  readonly accountSid: string;
  readonly messagingServiceSid: string | null;
  readonly direction: string;
  /** Null while a messaging service has not chosen the sender. */
  readonly from: string | null;
  readonly to: string;
  readonly body: string;
  readonly status: string;
  /** A number as text. */
  readonly numSegments: string;
  /** A number as text. */
  readonly numMedia: string;
  readonly errorCode: number | null;
  readonly errorMessage: string | null;
  readonly price: string | null;
  readonly priceUnit: string | null;
  readonly dateCreated: string | null;
  readonly dateUpdated: string | null;
  readonly dateSent: string | null;
  readonly apiVersion: string;
  readonly uri: string;
  readonly subresourceUris: Readonly<Record<string, string>>;
}

/** Reads a Message resource. Throws `unexpected-answer` when it is none. */
export function readMessage(json: JsonObject): Message {
  const sid = textOf(json, "sid");
  if (sid === "") {
    throw new ActionError(
      "unexpected-answer",
      "The answer is not a message: it has no SID. Is the API base URL right?",
    );
  }
  const links = json["subresource_uris"];
  return {
    sid,
    accountSid: textOf(json, "account_sid"),
    messagingServiceSid: textOrNull(json, "messaging_service_sid"),
    direction: textOf(json, "direction"),
    from: textOrNull(json, "from"),
    to: textOf(json, "to"),
    body: textOf(json, "body"),
    status: textOf(json, "status"),
    numSegments: String(json["num_segments"] ?? "0"),
    numMedia: String(json["num_media"] ?? "0"),
    errorCode: numberOrNull(json, "error_code"),
    errorMessage: textOrNull(json, "error_message"),
    price: textOrNull(json, "price"),
    priceUnit: textOrNull(json, "price_unit"),
    dateCreated: isoDate(json["date_created"]),
    dateUpdated: isoDate(json["date_updated"]),
    dateSent: isoDate(json["date_sent"]),
    apiVersion: textOf(json, "api_version"),
    uri: textOf(json, "uri"),
    subresourceUris: isObject(links) ? textsOf(links) : {},
  };
}

function textsOf(object: JsonObject): Record<string, string> {
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])),
  );
}

/** RFC 2822 or ISO 8601 to ISO 8601. */
function isoDate(value: unknown): string | null {
  const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
