// What a load is: one request, sent many times with another number in it.

/**
 * One request, written once and sent many times. In `path` and `body` `{n}` becomes the request's number and `{to}` a
 * seven-digit subscriber number made from it.
 */
export interface RequestTemplate {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Load {
  readonly host: string;
  readonly port: number;
  readonly template: RequestTemplate;
  readonly connections: number;
  /** The number of the first request: rounds that follow each other must not repeat themselves. */
  readonly firstNumber: number;
  /** Stop after this many seconds, or when at least this many requests were answered. */
  readonly until: { readonly seconds: number } | { readonly requests: number };
}

export interface LoadResult {
  readonly generator: "wrk" | "built-in";
  /** Requests that were answered; up to `connections` more may have reached the server at the end. */
  readonly answered: number;
  /** Answers that were not 2xx, and connections that failed. */
  readonly failed: number;
  readonly durationSeconds: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** `{n}` and `{to}` filled in, for number `n`. The Lua script and the generator do the same. */
export function fill(text: string, n: number): string {
  return text.replaceAll("{to}", subscriberOf(n)).replaceAll("{n}", String(n));
}

/** Seven digits that are a possible North American subscriber number. */
export function subscriberOf(n: number): string {
  return String(2_000_000 + (n % 7_999_999));
}
