// Rotates the account's auth token in the steps that Twilio has for it: make a secondary token, put it where it is
// needed, promote it. Only a token that the caller shows to have, and that works, is promoted: the old one dies with it.
// And lets a gateway rotate what it has of a provider.

import type { Connection } from "./connection.ts";
import { ActionError, invalidInput } from "./errors.ts";
import { call } from "./http/call.ts";
import { type JsonObject, textOf } from "./json.ts";

export interface NewToken {
  /** A secret: valid at once, beside the primary. It is shown this once. */
  readonly secondaryAuthToken: string;
  readonly dateCreated: string | null;
}

const SECONDARY = "/v1/AuthTokens/Secondary";
const PROMOTE = "/v1/AuthTokens/Promote";
const TOKEN_EXISTS = 70002;
const NOT_FOUND = 20404;

/**
 * Makes a secondary token. `replace`: deletes the one that there may be. Throws `refused` when there is one already;
 * `unknown-outcome` when the answer was lost: then one may exist whose value nobody knows, and `replace` makes another.
 */
export async function createSecondaryToken(
  connection: Connection,
  { replace = false }: { readonly replace?: boolean | undefined } = {},
): Promise<NewToken> {
  requireAuthToken(connection);
  if (replace) await deleteSecondaryToken(connection);
  try {
    const { json } = await call(connection, { method: "POST", product: "accounts", path: SECONDARY });
    const secondaryAuthToken = textOf(json, "secondary_auth_token");
    if (secondaryAuthToken === "") throw new ActionError("unexpected-answer", "The answer has no secondary token.");
    return { secondaryAuthToken, dateCreated: textOf(json, "date_created") || null };
  } catch (thrown) {
    if (!(thrown instanceof ActionError) || thrown.facts.code !== TOKEN_EXISTS) throw thrown;
    throw new ActionError(
      "refused",
      "There is a secondary token already. Promote it, or replace it if nobody needs it.",
      thrown.facts,
    );
  }
}

/**
 * Makes `newToken`, which must be the secondary one, the primary; the old primary stops working at once. Safe to repeat:
 * a token that is the primary already stays so.
 */
export async function promoteToken(connection: Connection, given: string): Promise<{ readonly promoted: true }> {
  requireAuthToken(connection);
  const newToken = given.trim();
  if (!/^[!-~]{8,256}$/.test(newToken)) throw invalidInput("The new auth token is missing or malformed.");
  const credentials = Buffer.from(`${connection.accountSid}:${newToken}`).toString("base64");
  const authorization = `Basic ${credentials}`;
  if ((await primaryToken(connection, authorization)) === newToken) return { promoted: true };
  try {
    await call(connection, { method: "POST", product: "accounts", path: PROMOTE, authorization });
  } catch (thrown) {
    if (!(thrown instanceof ActionError) || !/^(unknown-outcome|not-found)$/.test(thrown.kind)) throw thrown;
    if ((await primaryToken(connection, authorization)) !== newToken) throw thrown;
  }
  return { promoted: true };
}

/** True: there was one; false: there was none. */
export async function deleteSecondaryToken(connection: Connection): Promise<boolean> {
  requireAuthToken(connection);
  try {
    await call(connection, { method: "DELETE", product: "accounts", path: SECONDARY });
    return true;
  } catch (thrown) {
    if (thrown instanceof ActionError && thrown.facts.code === NOT_FOUND) return false;
    throw thrown;
  }
}

/** The primary token as the server tells it to whom has the new one, which proves that the new one works. */
async function primaryToken(connection: Connection, authorization: string): Promise<string> {
  const path = `/2010-04-01/Accounts/${connection.accountSid}.json`;
  try {
    const { json } = await call(connection, { method: "GET", path, authorization });
    return textOf(json, "auth_token");
  } catch (thrown) {
    if (!(thrown instanceof ActionError) || thrown.kind !== "credentials") throw thrown;
    throw new ActionError(
      "refused",
      "The new token does not work, so it was not promoted. Give the secondary token as it was created.",
      thrown.facts,
    );
  }
}

/** A rotation of a provider's credentials, as the gateway tells of it: its `id`, `state` and steps. */
export type ProviderRotation = JsonObject;

/**
 * Starts the rotation of a provider's credentials on a gateway, which does every step of it by itself without a gap in
 * sending. One that is under way already is given instead. What applications sign in with does not change.
 */
export async function rotateProvider(connection: Connection, given: string): Promise<ProviderRotation> {
  if (connection.isTwilio) {
    throw invalidInput("Providers are on a Trunkline gateway: give its address as the connection's API Base URL.");
  }
  const id = given.trim();
  if (!/^[\w-]{1,64}$/.test(id)) throw invalidInput("The provider ID is missing or malformed.");
  const rotation = {
    path: `/trunkline/v1/providers/${id}/rotate`,
    query: [["account", connection.accountSid]],
  } as const;
  try {
    return (await call(connection, { method: "POST", ...rotation })).json;
  } catch (thrown) {
    const isUnderWay = thrown instanceof ActionError && thrown.facts.status === 409;
    if (!isUnderWay) throw thrown;
    return (await call(connection, { method: "GET", ...rotation })).json;
  }
}

function requireAuthToken({ isApiKey }: Connection): void {
  if (isApiKey)
    throw invalidInput(
      "An API key cannot rotate auth tokens, nor can an access key: use a connection with the auth token.",
    );
}
