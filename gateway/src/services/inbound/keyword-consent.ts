// What STOP, START and HELP do: the consent that they change and the automatic reply that they get. A word that
// changes nothing gets no reply, nor does HELP from somebody who wants no more messages.

import { isTollFree } from "../../core/addresses/phone-number.ts";
import { consentScope, consentSenders } from "../../core/consent/consent.ts";
import type { AccountSid } from "../../core/ids.ts";
import { defaultReplies, type Keyword, type KeywordScope, matchKeyword } from "../../core/keywords/keywords.ts";
import type { Sender } from "../../core/senders/sender.ts";
import { optedOutAmong, recordConsent } from "../../store/consents.ts";
import type { Queryable } from "../../store/database.ts";

export interface KeywordMessage {
  readonly accountSid: AccountSid;
  readonly from: string;
  readonly body: string;
  readonly sender: Sender;
}

/** Stores what the message says about consent. Resolves to the text of the automatic reply; null: none. */
export async function applyKeyword(tx: Queryable, message: KeywordMessage, now: Date): Promise<string | null> {
  const { sender } = message;
  const scope: KeywordScope = isTollFree(sender.address) ? "toll-free" : "default";
  const keyword = listens(sender) ? matchKeyword(message.body, scope) : null;
  if (keyword === null) return null;
  return (await isHeeded(tx, keyword, message, scope, now)) ? defaultReplies[scope][keyword] : null;
}

/** Short codes bring opt-out words of their own campaign; they have these only when that is configured. */
function listens(sender: Sender): boolean {
  return sender.kind !== "short_code" || sender.settings["optOutKeywords"] === true;
}

async function isHeeded(
  tx: Queryable,
  keyword: Keyword,
  { accountSid, from: contact, sender }: KeywordMessage,
  scope: KeywordScope,
  now: Date,
): Promise<boolean> {
  // the toll-free network blocks number by number, whatever service a number is in
  const service = scope === "toll-free" ? null : sender.messagingServiceSid;
  if (keyword === "STOP") {
    const source = "opt-out-message" as const;
    const stopped = { accountSid, sender: consentScope(sender.address, service), contact, source, consentedAt: now };
    return recordConsent(tx, { ...stopped, status: "opt-out" });
  }
  const pairs = consentSenders(sender.address, service).map((name) => ({ accountSid, sender: name, contact }));
  const optedOut = await optedOutAmong(tx, pairs);
  if (keyword === "HELP") return !optedOut.includes(true);
  let changed = false;
  for (const [index, pair] of pairs.entries()) {
    if (optedOut[index] !== true) continue;
    const word = { ...pair, status: "opt-in", source: "opt-in-message", consentedAt: now } as const;
    changed = (await recordConsent(tx, word)) || changed;
  }
  return changed;
}
