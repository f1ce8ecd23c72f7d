// What STOP, START and HELP do: the consent that they change and the automatic reply that they get. A word that
// changes nothing gets no reply, nor does HELP from somebody who wants no more messages.

import { isTollFree } from "../../core/addresses/phone-number.ts";
import { type ConsentOrigin, consentScope, consentSenders } from "../../core/consent/consent.ts";
import type { AccountSid, MessageSid, MessagingServiceSid } from "../../core/ids.ts";
import type { Keyword } from "../../core/keywords/keyword.ts";
import type { Sender } from "../../core/senders/sender.ts";
import { optedOutAmong, recordConsent } from "../../store/consents.ts";
import type { Queryable } from "../../store/database.ts";
import type { KeywordBooks } from "./keyword-books.ts";

export interface RecognisedKeyword {
  readonly keyword: Keyword;
  /** The automatic reply, if the word is heeded; null: none. */
  readonly reply: string | null;
  /** Are the sender's keywords configured? Then the application is told of it: OptOutType. */
  readonly customised: boolean;
}

/**
 * What a message to this sender means; null: nothing in particular. `named`: what its upstream has taken it for, which
 * knows its own words and languages; null: what the body says counts.
 */
export async function recogniseKeyword(
  books: KeywordBooks,
  sender: Sender,
  { body, named }: { readonly body: string; readonly named: Keyword | null },
): Promise<RecognisedKeyword | null> {
  const { book, customised } = await books(sender);
  const match = book?.match(body) ?? null;
  if (named === null || match?.keyword === named) return match && { ...match, customised };
  return { keyword: named, reply: book?.replies[named] ?? null, customised };
}

export interface KeywordMessage {
  readonly accountSid: AccountSid;
  readonly sid: MessageSid;
  readonly from: string;
  /** Of the sender that it is for. */
  readonly address: string;
  /** In which the sender is, and stays until the transaction ends. */
  readonly service: MessagingServiceSid | null;
  readonly recognised: RecognisedKeyword;
}

/** Stores what the message says about consent. Resolves to the text of the automatic reply; null: none. */
export async function applyKeyword(tx: Queryable, message: KeywordMessage, now: Date): Promise<string | null> {
  const { recognised } = message;
  return (await isHeeded(tx, recognised.keyword, message, now)) ? recognised.reply : null;
}

async function isHeeded(
  tx: Queryable,
  keyword: Keyword,
  { accountSid, sid, from: contact, address, service: itsService }: KeywordMessage,
  now: Date,
): Promise<boolean> {
  // the toll-free network blocks number by number, whatever service a number is in
  const service = isTollFree(address) ? null : itsService;
  const origin: ConsentOrigin = { via: "keyword", actor: null, reference: sid };
  if (keyword === "STOP") {
    const source = "opt-out-message" as const;
    const stopped = { accountSid, sender: consentScope(address, service), contact, source, consentedAt: now };
    return recordConsent(tx, { ...stopped, status: "opt-out" }, origin);
  }
  const pairs = consentSenders(address, service).map((name) => ({ accountSid, sender: name, contact }));
  const optedOut = await optedOutAmong(tx, pairs);
  if (keyword === "HELP") return !optedOut.includes(true);
  let changed = false;
  for (const [index, pair] of pairs.entries()) {
    if (optedOut[index] !== true) continue;
    const word = { ...pair, status: "opt-in", source: "opt-in-message", consentedAt: now } as const;
    changed = (await recordConsent(tx, word, origin)) || changed;
  }
  return changed;
}
