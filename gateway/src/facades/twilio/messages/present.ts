// A message as Twilio's Message resource: the only place that shapes it. All keys are always present, nulls explicit.

import { errorTitle } from "../../../core/messages/error-titles.ts";
import type { Message } from "../../../core/messages/message.ts";
import { rfc2822, rfc2822OrNull } from "../dates.ts";
import type { JsonObject } from "../xml.ts";

/** The path of a message, without suffix. */
export function messagePath(message: Pick<Message, "accountSid" | "sid">): string {
  return `/2010-04-01/Accounts/${message.accountSid}/Messages/${message.sid}`;
}

/** `created`: the answer to a create request has no feedback link yet. */
export function presentMessage(message: Message, { created = false } = {}): JsonObject {
  const path = messagePath(message);
  const media = `${path}/Media.json`;
  const { tags } = message.options;
  const resource = {
    account_sid: message.accountSid,
    api_version: "2010-04-01",
    body: message.body,
    date_created: rfc2822(message.createdAt),
    date_sent: rfc2822OrNull(message.sentAt),
    date_updated: rfc2822(message.updatedAt),
    direction: message.direction,
    error_code: message.errorCode,
    error_message: errorTitle(message.errorCode),
    from: message.from,
    messaging_service_sid: message.messagingServiceSid,
    num_media: String(message.numMedia),
    num_segments: String(message.numSegments),
    price: message.price,
    price_unit: message.priceUnit,
    sid: message.sid,
    status: message.status,
    subresource_uris: created ? { media } : { media, feedback: `${path}/Feedback.json` },
    to: message.to,
    uri: `${path}.json`,
  };
  return tags === undefined ? resource : { ...resource, tags };
}
