// The only way out for URLs that users configure: callbacks, templated providers, provider URLs. Addresses are checked
// when the connection is made (egress/connections.ts), redirects are followed here so that each hop is checked too,
// and nothing that the other side does makes it throw.

import type { Logger } from "pino";
import type { Dispatcher } from "undici";
import { createAddressCheck } from "./egress/addresses.ts";
import { answerChallenge, type UrlCredentials } from "./egress/challenge.ts";
import { createConnections, type Resolver, systemResolver } from "./egress/connections.ts";
import { BodyTooBigError, type EgressFailure, egressFailure, failureOf } from "./egress/failure.ts";

export type { EgressFailure } from "./egress/failure.ts";

/** One request of a chain: redirects and authentication make several of one `request()`. */
export interface EgressHop {
  /** As it goes out: no user name, password or fragment. */
  readonly url: string;
  readonly method: string;
  readonly body: string | null;
}

export type EgressHeaders = Readonly<Record<string, string>>;

export interface EgressRequest {
  /** http or https. A user name and password in it answer a 401; its fragment is not sent. */
  readonly url: string;
  readonly method: string;
  /** A function is asked for each hop (to sign it). Fixed ones lose Authorization and Cookie on another origin. */
  readonly headers?: EgressHeaders | ((hop: EgressHop) => EgressHeaders);
  readonly body?: string;
  /** DNS, TCP and TLS together. */
  readonly connectTimeoutMs: number;
  /** Until the answer's head, and between two pieces of its body; may take effect up to a second late. */
  readonly readTimeoutMs: number;
  /** The whole chain. */
  readonly totalTimeoutMs: number;
  readonly verifyTls?: boolean;
  /** False: the body is thrown away, and what goes wrong with it is not a failure. */
  readonly readBody?: boolean;
  readonly signal?: AbortSignal;
}

/** An answer of any status that is not a redirect. */
export interface EgressAnswer {
  readonly kind: "answer";
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly contentType: string;
  readonly body: string;
  /** Where it came from after redirects. */
  readonly url: string;
}

export type EgressResponse = EgressAnswer | EgressFailure;

export interface Egress {
  /** Never rejects. */
  request(request: EgressRequest): Promise<EgressResponse>;
  /** Ends every connection; requests under way fail. */
  close(): Promise<void>;
}

const maxRedirects = 5;
const maxBodyBytes = 65_536;
/** How long a body that nobody wants is read for the sake of reusing its connection. */
const discardMs = 1_000;

/** The webhook error code of a response: null for 2xx, 11200 for another status. */
export function errorCodeOf(response: EgressResponse): number | null {
  if (response.kind === "failure") return response.errorCode;
  return response.status >= 200 && response.status < 300 ? null : 11200;
}

/** Throws when a CIDR of `allow` cannot be read. */
export function createEgress(options: {
  readonly allow: readonly string[];
  readonly allowLoopback: boolean;
  readonly log: Logger;
  readonly connectionsPerOrigin?: number;
  readonly resolver?: Resolver;
}): Egress {
  const connections = createConnections({
    isAllowed: createAddressCheck(options),
    resolver: options.resolver ?? systemResolver,
    connectionsPerOrigin: options.connectionsPerOrigin ?? 32,
  });

  return {
    async request(request) {
      const abort = new AbortController();
      let outOfTime = false;
      const timer = setTimeout(() => {
        outOfTime = true;
        abort.abort();
      }, request.totalTimeoutMs);
      const cancel = () => abort.abort();
      request.signal?.addEventListener("abort", cancel, { once: true });
      if (request.signal?.aborted === true) cancel();
      try {
        const send: Send = (hop) => {
          const settings = { connectTimeoutMs: request.connectTimeoutMs, verifyTls: request.verifyTls !== false };
          return connections.agentFor(settings).request({
            origin: hop.url.origin,
            path: hop.url.pathname + hop.url.search,
            method: hop.method as Dispatcher.HttpMethod,
            headers: { accept: "*/*", ...hop.headers },
            body: hop.body,
            headersTimeout: request.readTimeoutMs,
            bodyTimeout: request.readTimeoutMs,
            signal: abort.signal,
          });
        };
        return await follow(request, send);
      } catch (thrown) {
        const failure = failureIn(thrown, abort.signal.aborted, outOfTime, request.totalTimeoutMs);
        // the origin only: paths and queries of a webhook often carry tokens
        options.log.debug({ origin: originOf(request.url), reason: failure.reason }, "outbound request failed");
        return failure;
      } finally {
        clearTimeout(timer);
        request.signal?.removeEventListener("abort", cancel);
      }
    },
    close: () => connections.close(),
  };
}

interface OutgoingHop {
  readonly url: URL;
  readonly method: string;
  readonly headers: EgressHeaders;
  readonly body: string | null;
}

type Send = (hop: OutgoingHop) => Promise<Dispatcher.ResponseData>;

async function follow(request: EgressRequest, send: Send): Promise<EgressResponse> {
  let url = parseUrl(request.url);
  if (url === null) return egressFailure("bad-url", "not an http or https URL", false);
  const firstOrigin = url.origin;
  let method = request.method;
  let body = request.body ?? null;
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const credentials = takeCredentials(url);
    const hop: OutgoingHop = { url, method, body, headers: headersFor(request, { url, method, body }, firstOrigin) };
    const response = await sendAuthenticated(hop, credentials, send);
    const location = redirectTarget(response);
    if (location === null) return await answerOf(response, url, request.readBody !== false);
    await discard(response.body);
    const next = parseUrl(location, url);
    if (next === null) return egressFailure("bad-url", "redirected to something that is not http or https", true);
    if (credentials !== null && next.origin === url.origin && next.username === "") {
      next.username = encodeURIComponent(credentials.username);
      next.password = encodeURIComponent(credentials.password);
    }
    // as browsers and curl do: 307 and 308 repeat the request, the others ask with GET
    if (response.statusCode < 307 && method !== "GET" && method !== "HEAD") {
      method = "GET";
      body = null;
    }
    url = next;
  }
  return egressFailure("too-many-redirects", `more than ${maxRedirects} redirects`, true);
}

async function sendAuthenticated(
  hop: OutgoingHop,
  credentials: UrlCredentials | null,
  send: Send,
): Promise<Dispatcher.ResponseData> {
  const response = await send(hop);
  if (response.statusCode !== 401 || credentials === null) return response;
  const challenges = [response.headers["www-authenticate"] ?? []].flat();
  const target = hop.url.pathname + hop.url.search;
  const authorization = answerChallenge(challenges, credentials, hop.method, target);
  if (authorization === null) return response;
  await discard(response.body);
  return send({ ...hop, headers: { ...hop.headers, authorization } });
}

function headersFor(
  request: EgressRequest,
  hop: { readonly url: URL; readonly method: string; readonly body: string | null },
  firstOrigin: string,
): EgressHeaders {
  const source = request.headers ?? {};
  const given = typeof source === "function" ? source({ ...hop, url: hop.url.href }) : source;
  const kept = Object.entries(given).filter(([name]) => {
    const lower = name.toLowerCase();
    if (hop.body === null && lower === "content-type") return false;
    return hop.url.origin === firstOrigin || (lower !== "authorization" && lower !== "cookie");
  });
  return Object.fromEntries(kept);
}

function redirectTarget(response: Dispatcher.ResponseData): string | null {
  if (![301, 302, 303, 307, 308].includes(response.statusCode)) return null;
  const location = response.headers["location"];
  return typeof location === "string" ? location : null;
}

async function answerOf(response: Dispatcher.ResponseData, url: URL, readBody: boolean): Promise<EgressAnswer> {
  const contentType = [response.headers["content-type"] ?? ""].flat().join(", ");
  let body = "";
  if (readBody) body = decode(await collect(response.body), contentType);
  else await discard(response.body);
  return { kind: "answer", status: response.statusCode, headers: response.headers, contentType, body, url: url.href };
}

async function collect(body: Dispatcher.ResponseData["body"]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new BodyTooBigError(`the answer is longer than ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads on so that the connection can be used again; a body that is long or slow costs its connection instead. */
async function discard(body: Dispatcher.ResponseData["body"]): Promise<void> {
  const timer = setTimeout(() => body.destroy(), discardMs);
  await collect(body).then(
    () => undefined,
    () => undefined,
  );
  clearTimeout(timer);
}

/** In the charset that the Content-Type names, UTF-8 otherwise. */
function decode(bytes: Buffer, contentType: string): string {
  const charset = /charset\s*=\s*"?([\w-]+)/i.exec(contentType)?.[1] ?? "utf-8";
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch (error) {
    if (error instanceof RangeError) return new TextDecoder().decode(bytes);
    throw error;
  }
}

function parseUrl(text: string, base?: URL): URL | null {
  const url = URL.parse(text, base?.href);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return null;
  url.hash = "";
  return url;
}

function takeCredentials(url: URL): UrlCredentials | null {
  if (url.username === "" && url.password === "") return null;
  const credentials = { username: percentDecoded(url.username), password: percentDecoded(url.password) };
  url.username = "";
  url.password = "";
  return credentials;
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

function failureIn(thrown: unknown, aborted: boolean, outOfTime: boolean, totalTimeoutMs: number): EgressFailure {
  if (outOfTime) return egressFailure("total-timeout", `no whole answer within ${totalTimeoutMs} ms`, true);
  return aborted ? egressFailure("aborted", "given up by the gateway", true) : failureOf(thrown);
}

function originOf(url: string): string {
  return URL.parse(url)?.origin ?? "invalid";
}
