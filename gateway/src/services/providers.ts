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
    options?: Pick<CreateOptions, "check">,
  ): Promise<Provider>;
  /**
   * Takes it out of the chain, too. Its senders go to another provider that has them, or else with it: what waits for
   * such a sender fails, visibly. `conflict` for the built-in provider.
   */
  remove(accountSid: AccountSid, actor: string, id: string): Promise<void>;
  /** Rejects with `invalid-parameter` on unknown or repeated ids. */
  setChain(accountSid: AccountSid, actor: string, ids: readonly string[]): Promise<Provider[]>;
  /** To the head of the chain; resolves to false when it was there. */
  activate(accountSid: AccountSid, actor: string, id: string): Promise<boolean>;
  /** Out of the chain; resolves to false when it was not its head (nothing changes then). */
  deactivate(accountSid: AccountSid, actor: string, id: string): Promise<boolean>;
  /** Checks the credentials against the upstream now, and synchronises its senders. */
  check(accountSid: AccountSid, id: string): Promise<ProviderHealth>;
  healthOf(accountSid: AccountSid, ids: readonly Uuid[]): Promise<ReadonlyMap<Uuid, ProviderHealth>>;
  upstreamSendersOf(accountSid: AccountSid, id: Uuid): Promise<UpstreamSenderRecord[]>;
  /** Dispatch met a refusal of the credentials (401, 403): flagged, with when and why. */
  flag(accountSid: AccountSid, id: Uuid, code: number | null, reason: string): Promise<void>;
}
