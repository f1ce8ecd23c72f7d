// A media item as Twilio's Media resource: the only place that shapes it.

import { sidOf } from "../../../core/ids.ts";
import type { Media } from "../../../store/message-media.ts";
import { rfc2822 } from "../dates.ts";
import { messagePath } from "../messages/present.ts";
import type { JsonObject } from "../xml.ts";

export function presentMedia(media: Media): JsonObject {
  const sid = sidOf("ME", media.id);
  return {
    account_sid: media.accountSid,
    content_type: media.contentType,
    date_created: rfc2822(media.createdAt),
    // A media item never changes.
    date_updated: rfc2822(media.createdAt),
    parent_sid: media.messageSid,
    sid,
    uri: `${messagePath({ accountSid: media.accountSid, sid: media.messageSid })}/Media/${sid}.json`,
  };
}
