// How many calls of an account are being answered right now: the Twilio-Concurrent-Requests header.

import type { AccountSid } from "../../core/ids.ts";

export interface Concurrency {
  enter(accountSid: AccountSid): void;
  leave(accountSid: AccountSid): void;
  of(accountSid: AccountSid): number;
}

export function createConcurrency(): Concurrency {
  const counts = new Map<AccountSid, number>();
  return {
    enter: (accountSid) => {
      counts.set(accountSid, (counts.get(accountSid) ?? 0) + 1);
    },
    leave: (accountSid) => {
      const left = (counts.get(accountSid) ?? 0) - 1;
      // An account that is not calling takes no room.
      if (left > 0) counts.set(accountSid, left);
      else counts.delete(accountSid);
    },
    of: (accountSid) => counts.get(accountSid) ?? 0,
  };
}
