// What a caller may do in ZITADEL's words: the permissions of its admin API, from the gateway's roles, and whether the
// caller's token was issued for that API at all.

import type { Principal, Role } from "../access/principal.ts";
import { adminAudienceScope } from "./scopes.ts";

export type IamPermission = "iam.read" | "iam.write";

const permissionsOf: Readonly<Record<Role, readonly IamPermission[]>> = {
  owner: ["iam.read", "iam.write"],
  operator: ["iam.read", "iam.write"],
  sender: [],
  viewer: ["iam.read"],
};

/** A restricted API key has none: its policy speaks of Twilio's resources alone. */
export function iamPermissionsOf({ role, policy }: Principal): readonly IamPermission[] {
  return policy === undefined ? permissionsOf[role] : [];
}

/** False for an access token that was issued without the audience of the admin API; other credentials have it implicitly. */
export function hasAdminAudience({ scopes }: Principal): boolean {
  return scopes === undefined || scopes.includes(adminAudienceScope);
}
