// A session as the native API shows it.

import type { z } from "zod";
import type { Principal } from "../../../core/access/principal.ts";
import type { Account } from "../../../core/accounts/account.ts";
import type { sessionReply } from "./schema.ts";

export function presentSession(
  { credential, role, accountSid }: Principal,
  name: string | null,
  { accounts, more }: { readonly accounts: readonly Account[]; readonly more: boolean },
): z.output<typeof sessionReply> {
  return {
    credential,
    name,
    role,
    accountSid,
    accounts: accounts.map(({ sid, parentSid, friendlyName, status }) => ({ sid, parentSid, friendlyName, status })),
    moreAccounts: more,
  };
}
