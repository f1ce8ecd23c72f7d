// Attempts whose intent could not be confirmed (the database went away in mid-write): if it was stored, the attempt is open,
// but this process knows that it never reached a carrier. Good only for the claim that follows its own: another process
// may have taken the message in between, and handed it over.

import { LRUCache } from "lru-cache";
import type { MessageSid } from "../../core/ids.ts";

interface Intent {
  readonly sid: MessageSid;
  readonly claim: number;
  readonly attempt: number;
}

export interface UnsentAttempts {
  note(intents: readonly Intent[]): void;
  /** Was this attempt, which the message's claim before this one was to begin, surely not handed over? */
  has(message: Pick<Intent, "sid" | "claim">, attempt: number): boolean;
}

const rememberedMax = 20_000;

export function createUnsentAttempts(): UnsentAttempts {
  const claims = new LRUCache<string, number>({ max: rememberedMax });
  return {
    note(intents) {
      for (const { sid, attempt, claim } of intents) claims.set(`${sid} ${attempt}`, claim);
    },
    has: ({ sid, claim }, attempt) => claims.get(`${sid} ${attempt}`) === claim - 1,
  };
}
