// What comes in for accounts: the form of a new subaccount, of a change, and the filters of a list.

import { type AccountStatus, accountStatuses } from "../../../core/accounts/account.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { AccountChanges } from "../../../services/subaccounts.ts";
import type { AccountFilter } from "../../../store/accounts.ts";
import { type Form, first } from "../form.ts";
import { readFriendlyName } from "../friendly-name.ts";
import type { EchoedFilters } from "../paging.ts";

/** The name of a new subaccount; null: it was given none. */
export function readNewAccountName(form: Form): string | null {
  return first(form, "FriendlyName") ? (readFriendlyName(form) ?? null) : null;
}

export function readAccountChanges(form: Form): AccountChanges {
  const friendlyName = readFriendlyName(form);
  const status = readStatus(form);
  return { ...(friendlyName === undefined ? {} : { friendlyName }), ...(status === undefined ? {} : { status }) };
}

/** The filters of a list, and how they are echoed in its page URIs. */
export function readAccountFilters(query: Form): { filter: AccountFilter; echoed: EchoedFilters } {
  const friendlyName = first(query, "FriendlyName");
  const status = readStatus(query);
  const echoed: [string, string][] = [];
  if (friendlyName) echoed.push(["FriendlyName", friendlyName]);
  if (status !== undefined) echoed.push(["Status", status]);
  return { filter: { ...(friendlyName ? { friendlyName } : {}), ...(status === undefined ? {} : { status }) }, echoed };
}

/** An empty status is none. `1` is what old clients write for active. */
function readStatus(form: Form): AccountStatus | undefined {
  const text = first(form, "Status")?.toLowerCase();
  if (!text) return undefined;
  const status = accountStatuses.find((candidate) => candidate === (text === "1" ? "active" : text));
  if (status !== undefined) return status;
  throw new GatewayError("account-status-invalid", `Status is one of ${accountStatuses.join(", ")}.`);
}
