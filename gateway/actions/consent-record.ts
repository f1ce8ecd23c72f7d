// The consents that a gateway keeps: what STOP and START, the Consents API and its operators have written.

import type { Connection } from "./connection.ts";
import { ActionError } from "./errors.ts";
import { call } from "./http/call.ts";
import { isObject, type JsonObject, textOf, textOrNull } from "./json.ts";
import { pagesOf } from "./paging.ts";

export interface ConsentSign {
  /** Towards whom: an address, or the SID of a messaging service. */
  readonly sender: string;
  readonly status: "opted-in" | "opted-out";
  readonly evidence: "stored-consent" | "keyword" | "refused-message";
  readonly messageSid: string | null;
  readonly atMs: number;
}

const MOST_PAGES = 20;

/** Null: the server keeps none, or does not show them to these credentials. `sender` null: towards any. */
export async function consentsOnGateway(
  connection: Connection,
  contact: string,
  sender: string | null,
): Promise<ConsentSign[] | null> {
  if (connection.isTwilio || contact.includes(":")) return null;
  try {
    const stored = await storedConsents(connection, contact);
    const signs: ConsentSign[] = [];
    for (const sign of stored) if (await concerns(connection, sign, sender)) signs.push(sign);
    return signs;
  } catch (thrown) {
    if (!(thrown instanceof ActionError)) throw thrown;
    if (/^(not-found|credentials|refused|unexpected-answer)$/.test(thrown.kind)) return null;
    throw thrown;
  }
}

async function storedConsents(connection: Connection, contact: string): Promise<ConsentSign[]> {
  const signs: ConsentSign[] = [];
  let after: string | null = null;
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = [
      ["account", connection.accountSid],
      ["contact", contact],
      ...(after === null ? [] : [["after", after] as const]),
    ] as const;
    const { json }: { json: JsonObject } = await call(connection, {
      method: "GET",
      path: "/trunkline/v1/consents",
      query,
    });
    const { consents } = json;
    if (!Array.isArray(consents)) throw new ActionError("unexpected-answer", "The answer has no consents.");
    signs.push(...consents.filter(isObject).flatMap(signOf));
    after = textOrNull(json, "next");
    if (after === null) break;
  }
  return signs;
}

function signOf(consent: JsonObject): ConsentSign[] {
  const atMs = Date.parse(textOf(consent, "consentedAt"));
  const status = { "opt-in": "opted-in", "opt-out": "opted-out" }[textOf(consent, "status")] as
    | ConsentSign["status"]
    | undefined;
  if (status === undefined || Number.isNaN(atMs)) return [];
  return [{ sender: textOf(consent, "sender"), status, evidence: "stored-consent", messageSid: null, atMs }];
}

/** A word towards a messaging service is one towards every number in its pool. */
async function concerns(connection: Connection, { sender: towards }: ConsentSign, sender: string | null) {
  if (sender === null || towards.toLowerCase() === sender.toLowerCase()) return true;
  if (!/^MG/i.test(towards) || /^MG/i.test(sender)) return false;
  const isNumber = sender.startsWith("+");
  const path = `/v1/Services/${towards}/${isNumber ? "PhoneNumbers" : "ShortCodes"}`;
  const [key, field] = isNumber ? ["phone_numbers", "phone_number"] : ["short_codes", "short_code"];
  const query = [["PageSize", "1000"]] as const;
  for await (const { items } of pagesOf(connection, { product: "messaging", path, key, query })) {
    if (items.some((item) => item[field] === sender)) return true;
  }
  return false;
}
