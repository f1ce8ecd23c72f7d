// Duplicates: the same text to the same recipient from the same sender or service. Recognised by a digest, so that no text
// is stored a second time.

import { createHash } from "node:crypto";
import type { MessagingServiceSid } from "../ids.ts";

export interface Repeatable {
  readonly from: string | null;
  readonly to: string;
  readonly messagingServiceSid: MessagingServiceSid | null;
  readonly body: string;
}

/** 32 hex digits, the same for messages that repeat each other. A message with media has no digest: null. */
export function repeatDigest(message: Repeatable & { readonly numMedia: number }): string | null {
  if (message.numMedia > 0 || message.body === "") return null;
  // What a messaging service sends is from the service, whichever of its senders it has been given since.
  const sender = message.messagingServiceSid ?? message.from ?? "";
  const hash = createHash("sha256");
  for (const part of [sender, message.to, message.body]) hash.update(`${part.length}:${part}`);
  return hash.digest("hex").slice(0, 32);
}
