// What an upstream says of a message that it has received, read from its fields. What is missing or cannot be kept is
// refused; what is merely odd is left out.

import type { Keyword } from "../../../core/keywords/keywords.ts";
import { isStorable } from "../../../core/storable-text.ts";
import type { UpstreamMessageIn } from "../../../services/inbound/upstream-inbound.ts";
import type { HookCall } from "./fields.ts";
import { storableField } from "./storable-field.ts";

const mediaMax = 10;
const urlCharactersMax = 4000;
const placeCharactersMax = 100;
const places = ["City", "State", "Zip", "Country"].flatMap((part) => [`From${part}`, `To${part}`]);

/** Throws `missing-parameter` and `invalid-parameter`. */
export function readInbound(call: HookCall, idempotencyToken: string | string[] | undefined): UpstreamMessageIn {
  const sid = call.valueOf("MessageSid") || call.valueOf("SmsMessageSid") || call.valueOf("SmsSid");
  const token = typeof idempotencyToken === "string" && idempotencyToken !== "" ? `token ${idempotencyToken}` : "";
  return {
    upstreamId: storableField("MessageSid", sid || token),
    from: storableField("From", addressOf(call.valueOf("From"))),
    to: storableField("To", addressOf(call.valueOf("To"))),
    body: call.valueOf("Body"),
    mediaUrls: mediaOf(call),
    optOutType: keywordOf(call.valueOf("OptOutType")),
    places: Object.fromEntries(
      places.flatMap((name) => {
        const value = call.valueOf(name);
        return value === "" || value.length > placeCharactersMax || !isStorable(value) ? [] : [[name, value]];
      }),
    ),
  };
}

/** A plus sign that was not percent-encoded has become a space. */
function addressOf(value: string): string {
  return value.replace(/^ (?=\d)/, "+").trim();
}

function keywordOf(value: string): Keyword | null {
  const upper = value.trim().toUpperCase();
  return upper === "STOP" || upper === "START" || upper === "HELP" ? upper : null;
}

function mediaOf(call: HookCall): UpstreamMessageIn["mediaUrls"] {
  const media: { url: string; contentType: string }[] = [];
  for (let index = 0; index < mediaMax; index++) {
    const url = call.valueOf(`MediaUrl${index}`);
    const contentType = call.valueOf(`MediaContentType${index}`);
    if (url === "" || url.length > urlCharactersMax || !isStorable(url + contentType)) continue;
    if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) continue;
    media.push({
      url,
      contentType: contentType.slice(0, placeCharactersMax).toWellFormed() || "application/octet-stream",
    });
  }
  return media;
}
