// Are a provider's credentials good, and is there everything at the upstream that it names? A server that lacks a product of
// Twilio's is not bad for that; a thing that is missing from a product that it has, is.

import { z } from "zod";
import { shown } from "../shown.ts";
import type { UpstreamAccount, UpstreamFailure, UpstreamResult } from "../upstream.ts";
import { upstreamId } from "./answer.ts";
import { askAnything, askObject, encodeForm, lacksProduct, misconfigured, shapeless } from "./ask.ts";
import type { Endpoint, Product } from "./endpoint.ts";
import type { Exchange } from "./exchange.ts";

type Account = Omit<UpstreamAccount, "warnings">;

/** What was found wrong (a failure), or worth telling (a warning). */
type Finding = UpstreamFailure | string | null;

export async function checkAccount(
  exchange: Exchange,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<UpstreamResult<UpstreamAccount>> {
  const warnings = [...endpoint.warnings];
  let account: Account = { friendlyName: null, status: null, type: null };
  if (endpoint.tokenAuthorization !== null) {
    const result = await askAccount(exchange, endpoint, signal);
    if (result.kind === "failure") return result;
    account = result.value;
  }
  const checks = [checkKey, checkMessagingService, checkFromNumber, checkVerifyService];
  for (const check of checks) {
    const finding = await check(exchange, endpoint, signal);
    if (typeof finding === "string") warnings.push(finding);
    else if (finding !== null) return finding;
  }
  return { kind: "ok", value: { ...account, warnings } };
}

const text = z.string().nullish().catch(null);
const accountResource = z.looseObject({ sid: upstreamId, friendly_name: text, status: text, type: text });

async function askAccount(
  exchange: Exchange,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<UpstreamResult<Account>> {
  const path = `${endpoint.accountPath}.json`;
  const result = await askObject(exchange, endpoint, { product: "api", path, withToken: true, signal });
  if (result.kind === "failure") {
    // Twilio says 404 to an account SID that it does not know.
    return result.code === 20404 ? { ...result, state: "rejected" } : result;
  }
  const read = accountResource.safeParse(result.value.body);
  if (!read.success) return shapeless("an account", false);
  const { friendly_name: friendlyName = null, status = null, type = null } = read.data;
  if (status === "suspended" || status === "closed") {
    const reason = `the upstream account is ${status}`;
    return { kind: "failure", state: "rejected", code: 20005, reason, maybeDone: false };
  }
  return {
    kind: "ok",
    value: {
      friendlyName: friendlyName === null ? null : shown(friendlyName, 200),
      status: status === null ? null : shown(status, 40),
      type: type === null ? null : shown(type, 40),
    },
  };
}

/** An API key may not read its account; it must be able to ask about messages. */
async function checkKey(exchange: Exchange, endpoint: Endpoint, signal: AbortSignal): Promise<Finding> {
  if (endpoint.authorization === endpoint.tokenAuthorization) return null;
  const path = `${endpoint.accountPath}/Messages.json?PageSize=1`;
  const result = await askObject(exchange, endpoint, { product: "api", path, isList: true, signal });
  if (result.kind === "ok") return null;
  if (result.code !== 70051) return result;
  return "the API key may not list messages: when an answer is lost, nobody can tell whether the message was taken";
}

async function checkMessagingService(exchange: Exchange, endpoint: Endpoint, signal: AbortSignal): Promise<Finding> {
  const { messagingServiceSid: sid } = endpoint.settings;
  if (sid === undefined) return null;
  const service = {
    product: "messaging",
    collection: "/v1/Services",
    sid,
    what: "messaging service",
    code: 21701,
  } as const;
  return exists(exchange, endpoint, service, signal);
}

async function checkVerifyService(exchange: Exchange, endpoint: Endpoint, signal: AbortSignal): Promise<Finding> {
  const { verifyServiceSid: sid } = endpoint.settings;
  if (sid === undefined) return null;
  const service = { product: "verify", collection: "/v2/Services", sid, what: "Verify service", code: 20404 } as const;
  return exists(exchange, endpoint, service, signal);
}

async function exists(
  exchange: Exchange,
  endpoint: Endpoint,
  thing: { product: Product; collection: string; sid: string; what: string; code: number },
  signal: AbortSignal,
): Promise<Finding> {
  const { product, collection, sid, what, code } = thing;
  const path = `${collection}/${encodeURIComponent(sid)}`;
  const result = await askAnything(exchange, endpoint, { product, path, signal });
  if (result.kind === "answer") return null;
  if (result.status !== 404) return mayNotRead(result, what);
  const listPath = `${collection}?PageSize=1`;
  const list = await askObject(exchange, endpoint, { product, path: listPath, isList: true, signal });
  if (list.kind === "ok") return misconfigured(`the upstream has no ${what} ${shown(sid, 40)}`, code);
  if (!lacksProduct(endpoint, list)) return mayNotRead(list, what);
  return `the upstream does not say whether it has the ${what}: ${list.reason}`;
}

/** A restricted key that may send need not be able to read the settings. */
function mayNotRead(failure: UpstreamFailure, what: string): Finding {
  return failure.code === 70051 ? `the API key may not read the ${what}` : failure;
}

const sender = z.looseObject({ phone_number: z.string().nullish(), short_code: z.coerce.string().nullish() });

async function checkFromNumber(exchange: Exchange, endpoint: Endpoint, signal: AbortSignal): Promise<Finding> {
  const { fromNumber } = endpoint.settings;
  const place = fromNumber === undefined ? null : placeOf(fromNumber);
  if (fromNumber === undefined || place === null) return null;
  const query = encodeForm({ [place.filter]: fromNumber, PageSize: "50" });
  const path = `${endpoint.accountPath}${place.path}?${query}`;
  const result = await askObject(exchange, endpoint, { product: "api", path, isList: true, signal });
  if (result.kind === "failure") {
    if (!lacksProduct(endpoint, result)) return mayNotRead(result, "phone numbers");
    return `the upstream does not say whether it has the number to send from: ${result.reason}`;
  }
  const items = z.array(sender).safeParse(result.value.body[place.key]);
  if (!items.success)
    return `the upstream does not list its numbers as Twilio does: ${fromNumber} could not be checked`;
  const there = items.data.some((item) => (item.phone_number ?? item.short_code) === fromNumber);
  return there ? null : misconfigured("the upstream account does not have the number to send from", 21606);
}

/** Null: alphanumeric ids are nowhere listed. */
function placeOf(fromNumber: string): { path: string; key: string; filter: string } | null {
  if (/^\+\d+$/.test(fromNumber)) {
    return { path: "/IncomingPhoneNumbers.json", key: "incoming_phone_numbers", filter: "PhoneNumber" };
  }
  if (/^\d{3,8}$/.test(fromNumber)) return { path: "/SMS/ShortCodes.json", key: "short_codes", filter: "ShortCode" };
  return null;
}
