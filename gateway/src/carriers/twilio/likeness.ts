// Is a message that the upstream has the one that was handed over? Exactly the same is a match; what an upstream may have
// made of it (other sender, text changed, redacted or added to) is doubtful, and never grounds for sending again.

import { smartEncode } from "../../core/segments/smart-encode.ts";
import type { Handover } from "../carrier.ts";
import { isOutbound, type MessageResource } from "./message-resource.ts";

export type Likeness = "same" | "doubtful" | "other";

const messagingService = /^MG[0-9a-fA-F]{32}$/;

/** A sender that the upstream picks a number for. */
export function isMessagingService(from: string): boolean {
  return messagingService.test(from);
}

export function likenessOf(message: MessageResource, handover: Handover): Likeness {
  if (!isOutbound(message) || !sameAddress(message.to, handover.to)) return "other";
  const text = textLikeness(message, handover);
  if (text === "other") return "other";
  return isSender(message, handover) ? text : "doubtful";
}

function isSender({ from, messaging_service_sid: service }: MessageResource, handover: Handover): boolean {
  if (!isMessagingService(handover.from)) return sameAddress(from, handover.from);
  // A server that does not tell the service: whoever it is from.
  return service == null || service.toLowerCase() === handover.from.toLowerCase();
}

function sameAddress(theirs: string | null | undefined, ours: string): boolean {
  return theirs != null && theirs.replace(/[\s()-]/g, "").toLowerCase() === ours.replace(/[\s()-]/g, "").toLowerCase();
}

/** Accounts on trial put this in front of every text. */
const trialPrefix = /^Sent from your Twilio trial account - /;

function textLikeness({ body, num_media: numMedia }: MessageResource, { body: ours, mediaUrls }: Handover): Likeness {
  const theirs = (body ?? "").replace(trialPrefix, "");
  if (theirs === ours) {
    if (ours !== "") return "same";
    return mediaUrls.length > 0 && Number(numMedia) === mediaUrls.length ? "same" : "doubtful";
  }
  if (theirs === "") return "doubtful";
  const [shown, sent] = [plain(theirs), plain(ours)];
  if (shown === sent) return "same";
  return sent !== "" && shown.includes(sent) ? "doubtful" : "other";
}

function plain(text: string): string {
  return smartEncode(text.toWellFormed()).replace(/\r\n?/g, "\n").trim();
}
