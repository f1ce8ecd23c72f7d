// A person's sign-in, in the audit log of every account that they may act for: of an administrator, in the installation's.

import type { Uuid } from "../../core/ids.ts";
import { installationSid, writeAuditFor } from "../../store/audit.ts";
import type { Queryable } from "../../store/database.ts";
import { listGrantedAccounts } from "../../store/user-grants.ts";

const accountsMax = 1000;

export async function auditSignIn(
  db: Queryable,
  { id, administrator }: { readonly id: Uuid; readonly administrator: boolean },
  remoteAddress: string,
): Promise<void> {
  const accounts = administrator
    ? [installationSid]
    : (await listGrantedAccounts(db, id, accountsMax)).map(({ accountSid }) => accountSid);
  await writeAuditFor(db, accounts, {
    ...{ actor: `${administrator ? "admin" : "user"} ${id}`, action: "user.signed-in", subject: id },
    before: null,
    after: { remoteAddress },
  });
}
