// A credential as Twilio's resource: six keys, and never what is in it.

import type { AccountCredential } from "../../../../core/credentials/account-credential.ts";
import { iso8601 } from "../../dates.ts";

/** `url`: of the collection, absolute. */
export function presentCredential(credential: AccountCredential, url: string) {
  return {
    sid: credential.sid,
    account_sid: credential.accountSid,
    friendly_name: credential.friendlyName,
    date_created: iso8601(credential.createdAt),
    date_updated: iso8601(credential.updatedAt),
    url: `${url}/${credential.sid}`,
  };
}
