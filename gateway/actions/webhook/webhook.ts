// A webhook of Twilio's or of a gateway's: is it genuine, and what does it say. What is not covered by the signature is
// not believed: of a GET only the signed URL's own query counts, and a body that is no form must have its hash signed.

import { findSignedUrl } from "../../src/core/signature/signature.ts";
import { objectOf, readBody, type WebhookBody } from "./body.ts";
import { readEvent, type WebhookEvent } from "./event.ts";
import { signableUrls } from "./signable-urls.ts";

export interface WebhookRequest {
  readonly headers: Readonly<Record<string, unknown>>;
  /** The body as it may have been handed on, the one nearest to the wire first: bytes, text, or a parsed form. */
  readonly body: readonly unknown[];
  /** As decoded by whoever took the request. */
  readonly query: Readonly<Record<string, unknown>>;
}

export interface WebhookKeys {
  /** Auth tokens or other signing keys; each is tried. */
  readonly keys: readonly string[];
  /** The URLs that the webhook may have been registered as, with or without their query. */
  readonly urls: readonly string[];
}

export interface Webhook {
  /** What the request says: a form's or query's fields, parsed JSON, or text. */
  readonly data: unknown;
  readonly event: WebhookEvent;
}

export type CheckedWebhook =
  | { readonly valid: true; readonly webhook: Webhook }
  /** `reason` is for a log; a stranger should not be told. */
  | { readonly valid: false; readonly reason: string };

const LARGEST_BODY = 1024 * 1024;
const MOST_FIELDS = 2000;
const MOST_URLS = 24;

/** Never throws, whatever the request holds. */
export function checkWebhook(request: WebhookRequest, { keys, urls }: WebhookKeys): CheckedWebhook {
  const headers = lowerCased(request.headers);
  const signatures = ["x-twilio-signature", "x-trunkline-signature-secondary"].flatMap((name) => headers[name] || []);
  if (signatures.length === 0) return refused("the request has no X-Twilio-Signature header");
  const body = readBody(request.body, headers["content-type"] ?? "");
  if ((body.bytes?.length ?? 0) > LARGEST_BODY || body.fields.length > MOST_FIELDS) {
    return refused("the body is larger than any that is signed");
  }
  if (body.kind === "other" && body.bytes === null) {
    return refused("the body came parsed, so that its hash cannot be checked: hand on the raw body");
  }
  const signedUrl = findSignedUrl({
    tokens: keys,
    urls: candidatesOf(urls, request.query).flatMap(signableUrls),
    signatures,
    params: body.fields,
    ...(body.kind === "other" && body.bytes !== null ? { body: body.bytes } : {}),
  });
  if (signedUrl === null) {
    return refused(
      "the signature does not fit any of the URLs and keys: check the signing key, and the URL as it is configured at the sender",
    );
  }
  return { valid: true, webhook: read(dataOf(body, signedUrl), headers) };
}

/** Reads a request without checking it: for tests with made-up requests only. */
export function readUncheckedWebhook(request: WebhookRequest): Webhook {
  const headers = lowerCased(request.headers);
  const body = readBody(request.body, headers["content-type"] ?? "");
  return read(body.kind === "none" ? objectOf(pairsOf(request.query)) : body.data, headers);
}

function read(data: unknown, headers: Readonly<Record<string, string>>): Webhook {
  return { data, event: readEvent(data, headers["i-twilio-idempotency-token"] || null) };
}

function dataOf(body: WebhookBody, signedUrl: string): unknown {
  if (body.kind !== "none") return body.data;
  const start = signedUrl.indexOf("?");
  return start < 0 ? {} : objectOf([...new URLSearchParams(signedUrl.slice(start + 1))]);
}

function refused(reason: string): CheckedWebhook {
  return { valid: false, reason };
}

/**
 * Each URL as it is; with the hash of the body that a sender adds to it; and with the request's own query, in the
 * spellings that senders use. Host and path are always the configured ones.
 */
function candidatesOf(urls: readonly string[], query: WebhookRequest["query"]): string[] {
  const pairs = pairsOf(query);
  const hash = pairs.find(([name]) => name === "bodySHA256")?.[1];
  const spellings = pairs.length === 0 ? [] : spellingsOf(pairs);
  const all = urls.flatMap((url) => {
    const bare = url.trim().split("#", 1)[0] ?? "";
    if (bare === "") return [];
    const base = bare.split("?", 1)[0] ?? "";
    const withHash = hash === undefined || base === bare ? [] : [`${bare}&bodySHA256=${hash}`];
    return [bare, ...withHash, ...spellings.map((spelling) => `${base}?${spelling}`)];
  });
  return [...new Set(all)].slice(0, MOST_URLS);
}

function spellingsOf(pairs: readonly [string, string][]): string[] {
  return [
    pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&"),
    new URLSearchParams([...pairs]).toString(),
    pairs.map(([name, value]) => `${name}=${value}`).join("&"),
  ];
}

function pairsOf(query: WebhookRequest["query"]): [string, string][] {
  return Object.entries(query)
    .slice(0, MOST_FIELDS)
    .flatMap(([name, value]) =>
      [value]
        .flat()
        .flatMap((each) =>
          typeof each === "string" ? [[name.toWellFormed(), each.toWellFormed()] as [string, string]] : [],
        ),
    );
}

function lowerCased(headers: WebhookRequest["headers"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      const text: unknown = Array.isArray(value) ? value[0] : value;
      return typeof text === "string" ? [[name.toLowerCase(), text]] : [];
    }),
  );
}
