// The contract of the one provider store: what every dialect does with providers. See providers/ for the work.
// Reading is always up to date; dispatch, in every process, follows a change within a second.

import type { AccountSid, Uuid } from "../core/ids.ts";
import type { Provider, ProviderHealth, ProviderKind, UpstreamSenderRecord } from "../core/providers/provider.ts";

export interface ProviderDraft {
  readonly kind: ProviderKind;
  readonly name: string;
  /** By core/providers/settings.ts of its kind; refused with `invalid-parameter` otherwise. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** What only one dialect knows, under that dialect's name. */
  readonly dialects?: Readonly<Record<string, unknown>>;
}

export interface CreateOptions {
  /** A given id (FusionAuth); refused with `conflict` when it is taken. */
  readonly id?: Uuid;
  /**
   * Default `flag`: stored, then checked, which takes two seconds at the most; what it finds is the provider's health.
   * `require`: checked before, and refused with `upstream-rejected` if the credentials are not good; other findings are
   * flagged. `skip`: checked soon, in the background.
   */
  readonly check?: "require" | "flag" | "skip";
  /** Put at the head (ZITADEL's activate) or the end of the chain in the same transaction. */
  readonly chain?: "head" | "end";
  /**
   * Refused with `conflict` (`values.field` is `name`) when another provider of the account, sandboxes aside, has the name,
   * in whatever letter case. A name that does not change is never refused.
   */
  readonly uniqueName?: boolean;
  /** What verify() has just found: stored with the provider, in the place of a check. */
  readonly verified?: VerifiedUpstream;
  /** Asked under the lock of the chain, with the account's other providers; throwing changes nothing. */
  readonly admit?: (others: readonly Provider[]) => void;
}

/** An upstream whose credentials are good, with what it has to send from. */
export interface VerifiedUpstream {
  readonly account: ProviderHealth["upstream"];
  readonly warnings: readonly string[];
  readonly senders: readonly Omit<UpstreamSenderRecord, "syncedAt">[];
  readonly checkedAt: Date;
}

export interface ProviderChange {
  readonly name?: string;
  /** Replaces the whole config. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Merged: absent keys keep their secret, null removes it. */
  readonly secrets?: Readonly<Record<string, string | null>>;
  /** Merged by dialect name: absent dialects stay as they are, null removes one. */
  readonly dialects?: Readonly<Record<string, unknown>>;
}

/** Decides a change from the provider as it stands, under its lock; throwing changes nothing. */
export type DecideChange = (
  provider: Provider & { readonly secrets: Readonly<Record<string, string>> },
) => ProviderChange;

export interface RemoveOptions {
  readonly unlessInChain?: boolean;
  /** If it is the head of the chain, the rest of the chain goes as well: nothing takes its place. */
  readonly alone?: boolean;
}

export interface Providers {
  /** The fallback chain in its order, then the others, oldest first. */
  list(accountSid: AccountSid): Promise<Provider[]>;
  /** Rejects with `not-found`. `id`: the UUID or the 18-digit number. */
  get(accountSid: AccountSid, id: string): Promise<Provider>;
  create(accountSid: AccountSid, actor: string, draft: ProviderDraft, options?: CreateOptions): Promise<Provider>;
  change(
    accountSid: AccountSid,
    actor: string,
    id: string,
    change: ProviderChange | DecideChange,
    options?: Pick<CreateOptions, "check" | "uniqueName" | "verified" | "admit">,
  ): Promise<Provider>;
  /**
   * Takes it out of the chain, too, and resolves to what it was, with the number and time of its end. Its senders go to another provider that has them, or else with it: what waits for
   * such a sender fails, visibly. `conflict` for the built-in provider, and with `unlessInChain` for one in the chain
   * (`values.position` is its place, from 1).
   */
  remove(accountSid: AccountSid, actor: string, id: string, options?: RemoveOptions): Promise<Provider>;
  /**
   * Rejects with `invalid-parameter` on unknown or repeated ids, and with `conflict` when the chain is not the `expected`
   * one any more.
   */
  setChain(
    accountSid: AccountSid,
    actor: string,
    ids: readonly string[],
    options?: { readonly expected?: readonly string[] | undefined },
  ): Promise<Provider[]>;
  /** To the head of the chain, which the built-in provider leaves. Resolves to null when it was there. */
  activate(accountSid: AccountSid, actor: string, id: string): Promise<Provider | null>;
  /** Nothing takes its place: the chain is empty then. Resolves to null when it was not the head (nothing changes). */
  deactivate(accountSid: AccountSid, actor: string, id: string): Promise<Provider | null>;
  /** Checks the credentials against the upstream now, and synchronises its senders. */
  check(accountSid: AccountSid, id: string): Promise<ProviderHealth>;
  /**
   * Asks the upstream of a provider that is yet to be stored, for up to nine seconds. Rejects with `upstream-rejected`
   * (`values.state` is that of an upstream's failure, `values.upstreamCode` its code), and like create().
   */
  verify(accountSid: AccountSid, draft: ProviderDraft): Promise<VerifiedUpstream>;
  /** The same for a provider as a change would have it; null: the change concerns neither its settings nor its secrets. */
  verifyChange(accountSid: AccountSid, id: string, change: ProviderChange): Promise<VerifiedUpstream | null>;
  /** The keys with which providers sign what they send, for dialects that show them. */
  signingKeysOf(accountSid: AccountSid): Promise<ReadonlyMap<Uuid, string>>;
  /** The last change of any of the account's providers, removed ones included; null: there has been none. */
  lastChangeOf(accountSid: AccountSid): Promise<{ readonly sequence: bigint; readonly at: Date } | null>;
  healthOf(accountSid: AccountSid, ids: readonly Uuid[]): Promise<ReadonlyMap<Uuid, ProviderHealth>>;
  upstreamSendersOf(accountSid: AccountSid, id: Uuid): Promise<UpstreamSenderRecord[]>;
  /** The same for several; those that have none are not in it. */
  upstreamSendersOfEach(
    accountSid: AccountSid,
    ids: readonly Uuid[],
  ): Promise<ReadonlyMap<Uuid, readonly UpstreamSenderRecord[]>>;
  /** Dispatch met a refusal of the credentials (401, 403): flagged, with when and why. */
  flag(accountSid: AccountSid, id: Uuid, code: number | null, reason: string): Promise<void>;
  /** Brings the next check forward to now, if its kind is checked at all: a hand-over could not reach it. */
  recheck(accountSid: AccountSid, id: Uuid): Promise<void>;
}
