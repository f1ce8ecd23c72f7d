// From a connection as the platform hands it over to one that the actions use; and back, when the server does not accept
// it. An error carries the connection's name but never its fields, which hold secrets.

import { type ActionLogger, ConnectionError, type Connection as Given, util } from "@prismatic-io/spectral";
import { ActionError, type Connection, connect } from "trunkline/actions";
import { apiKeyConnection } from "./api-key.ts";
import { authTokenConnection } from "./auth-token.ts";

/** What of the platform's context is needed: data sources have no `debug`. */
export interface Surroundings {
  readonly logger: ActionLogger;
  readonly debug?: { readonly enabled: boolean };
}

/**
 * Runs `use` with the connection. Wrong fields, and credentials that the server refuses, become a ConnectionError, which
 * the platform shows as a configuration problem.
 */
export async function withConnection<Result>(
  given: Given,
  { logger, debug }: Surroundings,
  use: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const settings = readFields(given);
  let connection: Connection;
  try {
    const onExchange = (entry: unknown) => logger.debug(JSON.stringify(entry));
    connection = connect({ ...settings, ...(debug?.enabled ? { onExchange } : {}) });
  } catch (thrown) {
    throw thrown instanceof ActionError ? connectionError(given, thrown.message) : thrown;
  }
  try {
    return await use(connection);
  } catch (thrown) {
    if (thrown instanceof ActionError && thrown.kind === "credentials") throw connectionError(given, thrown.message);
    throw thrown;
  }
}

function readFields(given: Given) {
  const { key, fields } = requireConnection(given);
  const field = (name: string) => util.types.toString(fields[name]).trim();
  const baseUrl = field("apiBaseUrl");
  if (key === authTokenConnection.key) {
    return { accountSid: field("username"), authToken: field("password"), baseUrl };
  }
  if (key !== apiKeyConnection.key) throw connectionError(given, `Unsupported connection type: ${key}.`);
  const apiKeySid = field("apiKey");
  // An empty one must not pass for a connection by auth token.
  if (apiKeySid === "") throw connectionError(given, "The API key SID is missing.");
  return { accountSid: field("accountSid"), apiKeySid, apiKeySecret: field("apiSecret"), baseUrl };
}

/** What webhooks for this connection's account are signed with; null: it has no such key. */
export function signingKeyOf(given: Given): string | null {
  const { key, fields } = requireConnection(given);
  const name = key === apiKeyConnection.key ? "authToken" : "password";
  return util.types.toString(fields[name]).trim() || null;
}

export function connectionError(given: Given, message: string): ConnectionError {
  return new ConnectionError({ key: given.key, configVarKey: given.configVarKey, fields: {} }, message);
}

/** Is there a connection? An input without one comes as an empty string. */
export function isConnection(given: unknown): given is Given {
  return typeof given === "object" && given !== null && "fields" in given && typeof given.fields === "object";
}

function requireConnection(given: unknown): Given {
  if (isConnection(given)) return given;
  throw new Error("The connection is missing: choose one in the step's Connection input.");
}
