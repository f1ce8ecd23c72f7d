// Which words mean STOP, START and HELP to a sender, remembered for a second at most: other processes change them.

import { isTollFree } from "../../core/addresses/phone-number.ts";
import { createBatchCache } from "../../core/caching/batch-cache.ts";
import { bindKeywords, type KeywordBook, type KeywordPlace } from "../../core/keywords/keywords.ts";
import { resolveKeywords, type ScopedSettings } from "../../core/keywords/settings.ts";
import type { Sender } from "../../core/senders/sender.ts";
import type { Queryable } from "../../store/database.ts";
import { findKeywordChains } from "../../store/keyword-settings.ts";

export interface SenderKeywords {
  /** Null: the sender has no such words. */
  readonly book: KeywordBook | null;
  /** Somebody has configured them: then applications are told of keywords (OptOutType). */
  readonly customised: boolean;
}

export type KeywordBooks = (sender: Sender) => Promise<SenderKeywords>;

const memory = { maxAgeMs: 1000, maxEntries: 10_000 };
const nothing: SenderKeywords = { book: null, customised: false };
const nameOf = ({ accountSid, id, messagingServiceSid }: Sender): string => `${accountSid}${id}${messagingServiceSid}`;

export function createKeywordBooks(db: Queryable): KeywordBooks {
  const books = createBatchCache<Sender, SenderKeywords>({
    ...memory,
    nameOf,
    load: async (senders) => {
      const owners = senders.map((sender) => ({ ...sender, senderId: sender.id }));
      const chains = await findKeywordChains(db, owners);
      return new Map(senders.map((sender, index) => [nameOf(sender), bookOf(sender, chains[index] ?? [])]));
    },
  });
  return async (sender) => (await books([sender]))(sender) ?? nothing;
}

function bookOf(sender: Sender, chain: readonly ScopedSettings[]): SenderKeywords {
  const book = listens(sender, chain) ? bindKeywords(resolveKeywords(chain), placeOf(sender)) : null;
  return { book, customised: chain.length > 0 };
}

/** Short codes bring opt-out words of their own campaign: they have these only when that is configured, for them or their service. */
function listens(sender: Sender, chain: readonly ScopedSettings[]): boolean {
  if (sender.kind !== "short_code" || sender.settings["optOutKeywords"] === true) return true;
  return chain.some(({ scope }) => scope !== "account");
}

function placeOf(sender: Sender): KeywordPlace {
  if (sender.kind === "short_code") return "short-code";
  return isTollFree(sender.address) ? "toll-free" : "number";
}
