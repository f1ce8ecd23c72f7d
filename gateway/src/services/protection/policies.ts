// Who is judged, and how strictly: the accounts' settings, remembered for less than a second, so that a change holds
// everywhere within one and traffic that is not judged costs no statement.

import { createBatchCache } from "../../core/caching/batch-cache.ts";
import type { AccountSid } from "../../core/ids.ts";
import type { ActiveMode } from "../../core/protection/decision.ts";
import { isExempt } from "../../core/protection/exemptions.ts";
import type { Queryable } from "../../store/database.ts";
import {
  loadProtectionPolicies,
  type ProtectionPolicy,
  type SenderKey,
  sandboxSendersAmong,
} from "../../store/protection.ts";
import type { ClaimedMessage } from "../../store/queue.ts";
import { safeListedAmong } from "../../store/safe-list.ts";

/** A message that protection is to look at. */
export interface Concerned {
  readonly message: ClaimedMessage;
  readonly policy: ProtectionPolicy;
  readonly mode: ActiveMode;
}

export interface Policies {
  /** The messages that are to be judged, in their order. */
  concernedAmong(messages: readonly ClaimedMessage[]): Promise<Concerned[]>;
}

const memory = { maxAgeMs: 900, maxEntries: 10_000 };
/** Without a mode of its own an account's traffic to real providers is recorded. */
const defaultMode = "record";

export function createPolicies({ db }: { readonly db: Queryable }): Policies {
  const policies = createBatchCache<AccountSid, ProtectionPolicy>({
    ...memory,
    nameOf: (accountSid) => accountSid,
    load: async (sids) =>
      new Map((await loadProtectionPolicies(db, sids)).map((policy) => [policy.accountSid, policy])),
  });
  const sandboxSenders = createBatchCache<SenderKey, SenderKey>({
    ...memory,
    nameOf: senderName,
    load: async (keys) => new Map((await sandboxSendersAmong(db, keys)).map((key) => [senderName(key), key])),
  });

  /** Takes out what goes to the sandbox in accounts that have not said that it is to be judged. */
  async function toProviders(concerned: readonly Concerned[]): Promise<Concerned[]> {
    const unset = concerned.filter(({ policy }) => policy.settings.mode === null);
    if (unset.length === 0) return [...concerned];
    const isOfSandbox = await sandboxSenders(unset.flatMap(({ message }) => senderKey(message) ?? []));
    return concerned.filter(({ message, policy }) => {
      if (policy.settings.mode !== null) return true;
      const sender = senderKey(message);
      if (sender !== null) return isOfSandbox(sender) === null;
      return message.messagingServiceSid === null ? policy.chainHasUpstream : policy.hasUpstream;
    });
  }

  return {
    async concernedAmong(messages) {
      const policyOf = await policies(messages.map(({ accountSid }) => accountSid));
      const judged = messages.flatMap((message): Concerned[] => {
        const policy = policyOf(message.accountSid);
        const mode = policy === null ? null : modeOf(policy);
        // What is expired fails anyhow.
        if (policy === null || mode === null || message.expired || isExempt(message)) return [];
        return [{ message, policy, mode }];
      });
      return judged.length === 0 ? [] : exceptSafeListed(db, await toProviders(judged));
    },
  };
}

function modeOf({ settings, hasUpstream }: ProtectionPolicy): ActiveMode | null {
  if (settings.mode !== null) return settings.mode === "off" ? null : settings.mode;
  return hasUpstream ? defaultMode : null;
}

/** The modes that an account's settings amount to. */
export function modesInForce({ settings: { mode } }: ProtectionPolicy) {
  return { providers: mode ?? defaultMode, sandbox: mode ?? ("off" as const) };
}

async function exceptSafeListed(db: Queryable, concerned: readonly Concerned[]): Promise<Concerned[]> {
  const asked = concerned.filter(({ policy }) => policy.hasSafeList);
  if (asked.length === 0) return [...concerned];
  const numbers = asked.map(({ message: { accountSid, to } }) => ({ accountSid, number: to }));
  const listed = await safeListedAmong(db, numbers);
  const safe = new Set(asked.filter((_, index) => listed[index] === true));
  return concerned.filter((one) => !safe.has(one));
}

const senderName = ({ accountSid, id }: SenderKey): string => accountSid + id;

function senderKey({ accountSid, senderId }: ClaimedMessage): SenderKey | null {
  return senderId === null ? null : { accountSid, id: senderId };
}
