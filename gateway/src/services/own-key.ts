// Nobody deletes the very key that they call with, or lets it do less: it would be a mistake, and might leave them outside.

import type { CredentialKind, Principal } from "../core/access/principal.ts";
import { GatewayError } from "../core/errors.ts";
import type { Uuid } from "../core/ids.ts";

/** Throws `conflict` when the caller's credential is one of these. */
export function refuseOwnKey(
  { credential, credentialId }: Principal,
  kind: CredentialKind,
  ids: readonly Uuid[],
): void {
  if (credential !== kind || credentialId === null || !ids.includes(credentialId)) return;
  throw ownKey();
}

export function ownKey(): GatewayError {
  return new GatewayError(
    "conflict",
    "These are the credentials that you are calling with. Call with others to delete them or to let them do less, such as the account's auth token.",
  );
}
