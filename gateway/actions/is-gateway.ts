// Is the server a Trunkline gateway, which keeps idempotency keys? Another server that speaks Twilio's API may ignore
// them, and would send a repeated message twice.

import type { Connection } from "./connection.ts";
import { observedExchange } from "./http/log.ts";
import { isObject, parseJson } from "./json.ts";

const NOBODYS_MESSAGE = "/trunkline/v1/messages/SM00000000000000000000000000000000";

/** Asks for a message that does not exist, and knows the gateway by how it says no. False also without an answer. */
export async function isGateway(connection: Connection): Promise<boolean> {
  if (connection.isTwilio) return false;
  const result = await observedExchange(
    connection,
    {
      method: "GET",
      url: connection.urlOf("api", NOBODYS_MESSAGE),
      headers: { accept: "application/json", authorization: connection.authorization() },
      body: null,
      timeoutMs: connection.timeoutMs,
      signal: connection.signal,
    },
    1,
  );
  if (result.kind === "failed") return false;
  const json = parseJson(result.body.toString("utf8"));
  const error = isObject(json) ? json["error"] : undefined;
  return isObject(error) && typeof error["code"] === "string" && /^(not-found|forbidden)$/.test(error["code"]);
}
