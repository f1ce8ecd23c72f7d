// The canonical form of a request as Twilio's public key client validation hashes it (twilio.com/docs/iam/pkcv), and the
// forms that official SDKs make of the same request. A form may differ in spelling only: never may two different requests
// share one, except where it says so.

import { hash } from "node:crypto";

/** A request as it came, for the forms that are made of it. */
export interface SignedRequest {
  readonly method: string;
  /** As on the wire, without query. */
  readonly path: string;
  /** As on the wire, without the question mark. */
  readonly query: string;
  /** The signed headers that the request has: lower-case name → value. `host` has forms of its own. */
  readonly headers: ReadonlyMap<string, string>;
  /** Where the caller may have sent it: the Host header, and the address that a proxy in between made it from. */
  readonly origins: readonly SignedOrigin[];
  readonly body: Uint8Array;
}

export interface SignedOrigin {
  /** With its port. */
  readonly host: string;
  /** What a proxy takes away from the path; empty without one. */
  readonly pathPrefix: string;
}

/** Is `requestHash` (hex SHA-256) that of this request? `signedHeaders`: the names as the signer joined them. */
export function matchesRequestHash(request: SignedRequest, signedHeaders: string, requestHash: string): boolean {
  const bodyHash = request.body.length === 0 ? "" : sha256(request.body);
  const names = signedHeaders.split(";");
  const queries = queryForms(request);
  return request.origins.some(({ host, pathPrefix }) => {
    const headers = headerLines(request.headers, names, host);
    return pathForms(pathPrefix + request.path).some((path) =>
      queries.some((query) => {
        const parts = [request.method, path, query, headers, "", signedHeaders, bodyHash];
        return sha256(parts.join("\n")) === requestHash;
      }),
    );
  });
}

function headerLines(headers: SignedRequest["headers"], names: readonly string[], host: string): string {
  const lines = names.map((name) => `${name}:${(name === "host" ? host : (headers.get(name) ?? "")).trim()}`);
  return lines.sort(compare).join("\n");
}

/** As documented, as the npm package encodes it, and as it stands (Python). */
function pathForms(path: string): readonly string[] {
  const segments = resolveDots(path.replace(/\/+/g, "/").split("/"));
  return distinct([...encodings.map((encode) => segments.map((each) => encode(decode(each))).join("/")), path]);
}

/** Dot segments resolved (RFC 3986 section 5.2.4). */
function resolveDots(segments: readonly string[]): readonly string[] {
  const resolved: string[] = [];
  for (const [at, segment] of segments.entries()) {
    const isLast = at === segments.length - 1;
    if (segment === ".." && resolved.length > 1) resolved.pop();
    if (segment !== "." && segment !== "..") resolved.push(segment);
    else if (isLast) resolved.push("");
  }
  return resolved;
}

/**
 * As documented, as the npm package encodes it, and in the raw spelling (Python). A page that the npm package goes on to by
 * its URL is signed as if it had no query: that form is taken of reads with a PageToken only, so that whoever records such
 * a request can read other pages of that list with it for as long as its token lasts, and do nothing else.
 */
function queryForms({ method, query }: SignedRequest): readonly string[] {
  if (query === "") return [""];
  const raw = query.split("&");
  const pairs = raw.filter((pair) => pair !== "").map(decodePair);
  pairs.sort((a, b) => compare(`${a[0]}=${a[1]}`, `${b[0]}=${b[1]}`));
  const forms = encodings.map((encode) => pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&"));
  const followsPage = method === "GET" && pairs.some(([name]) => name === "PageToken");
  return distinct([...forms, raw.sort(compare).join("&"), ...(followsPage ? [""] : [])]);
}

function decodePair(pair: string): readonly [name: string, value: string] {
  const equals = pair.indexOf("=");
  const end = equals < 0 ? pair.length : equals;
  return [decode(plusAsSpace(pair.slice(0, end))), decode(plusAsSpace(pair.slice(end + 1)))];
}

function plusAsSpace(text: string): string {
  return text.replaceAll("+", "%20");
}

/** What cannot be decoded stays as it is: such a request is refused elsewhere. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The npm package's encoding leaves `!'()` as they are. */
function encodeLikeNpm(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll("*", "%2A");
}

function encodeStrictly(text: string): string {
  return encodeLikeNpm(text).replace(
    /[!'()]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const encodings = [encodeLikeNpm, encodeStrictly] as const;

function sha256(data: string | Uint8Array): string {
  return hash("sha256", data, "hex");
}

/** By UTF-16 code unit, as the SDKs sort. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
