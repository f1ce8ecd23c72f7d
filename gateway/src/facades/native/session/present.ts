// A session as the native API shows it.

import type { z } from "zod";
import type { Principal } from "../../../core/access/principal.ts";
import type { RoleInAccount } from "../../../services/reached-accounts.ts";
import type { User } from "../../../store/users.ts";
import type { sessionReply } from "./schema.ts";

export function presentSession(
  { credential, role, accountSid }: Principal,
  user: Pick<User, "name" | "email"> | null,
  { accounts, more }: { readonly accounts: readonly RoleInAccount[]; readonly more: boolean },
): z.output<typeof sessionReply> {
  return {
    credential,
    name: user && (user.name === "" ? user.email : user.name),
    email: user?.email ?? null,
    role,
    accountSid,
    accounts: accounts.map(({ sid, parentSid, friendlyName, status, role: held }) => ({
      ...{ sid, parentSid, friendlyName, status, role: held },
    })),
    moreAccounts: more,
  };
}
