// Finds out whether a connection works, changing nothing. An API key may not read the account itself, so it is tried on
// the list of messages; a key that may not even do that is still known to the server.

import type { Connection } from "./connection.ts";
import { ActionError } from "./errors.ts";
import { messagesPath } from "./find-message.ts";
import { call } from "./http/call.ts";
import { textOrNull } from "./json.ts";

export interface VerifiedAccount {
  readonly accountSid: string;
  /** Null with an API key, like the other two. */
  readonly friendlyName: string | null;
  /** `active`, `suspended` or `closed`. */
  readonly status: string | null;
  readonly type: string | null;
}

/** The credentials are good, but have no permission for this. */
const PERMISSION_MISSING = 70051;

/** Throws `credentials` when the server does not accept them. Never gives the account's auth token. */
export async function verifyConnection(connection: Connection): Promise<VerifiedAccount> {
  const { accountSid } = connection;
  if (connection.isApiKey) {
    await tryApiKey(connection);
    return { accountSid, friendlyName: null, status: null, type: null };
  }
  const { json } = await call(connection, { method: "GET", path: `/2010-04-01/Accounts/${accountSid}.json` });
  if (textOrNull(json, "sid")?.toLowerCase() !== accountSid.toLowerCase()) {
    throw new ActionError("unexpected-answer", "The answer is not the account. Is the API base URL right?");
  }
  return {
    accountSid,
    friendlyName: textOrNull(json, "friendly_name"),
    status: textOrNull(json, "status"),
    type: textOrNull(json, "type"),
  };
}

async function tryApiKey(connection: Connection): Promise<void> {
  try {
    await call(connection, { method: "GET", path: messagesPath(connection), query: [["PageSize", "1"]] });
  } catch (thrown) {
    if (!(thrown instanceof ActionError) || thrown.facts.code !== PERMISSION_MISSING) throw thrown;
  }
}
