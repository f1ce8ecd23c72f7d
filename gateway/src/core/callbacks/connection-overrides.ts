// Connection overrides: the settings that the owner of a callback URL writes into its fragment,
// e.g. `https://example.com/sms#rc=3&rp=5xx,ct,rt`. The fragment is neither sent nor signed.

export interface RetryPolicy {
  readonly clientErrors: boolean;
  readonly serverErrors: boolean;
  readonly connectFailures: boolean;
  readonly readTimeouts: boolean;
}

export interface ConnectionOverrides {
  /** The URL without its fragment: what is requested and signed. */
  readonly url: string;
  /** `ct`, 100 to 10000. */
  readonly connectTimeoutMs: number;
  /** `rt`, 100 to 15000. */
  readonly readTimeoutMs: number;
  /** `tt`, 100 to 15000: all tries together. */
  readonly totalTimeoutMs: number;
  /** `rc`, 0 to 5: tries after the first. */
  readonly retryCount: number;
  /** `rp`: what is worth another try at once. */
  readonly retryPolicy: RetryPolicy;
  /** `sni`. */
  readonly verifyTls: boolean;
}

/** Reads the overrides of a URL. Never throws: numbers out of range are clamped, whatever makes no sense is ignored. */
export function parseConnectionOverrides(url: string): ConnectionOverrides {
  const hash = url.indexOf("#");
  const settings = new URLSearchParams(hash < 0 ? "" : url.slice(hash + 1));
  return {
    url: hash < 0 ? url : url.slice(0, hash),
    connectTimeoutMs: integerWithin(settings.get("ct"), 100, 10_000, 5_000),
    readTimeoutMs: integerWithin(settings.get("rt"), 100, 15_000, 15_000),
    totalTimeoutMs: integerWithin(settings.get("tt"), 100, 15_000, 15_000),
    retryCount: integerWithin(settings.get("rc"), 0, 5, 1),
    retryPolicy: retryPolicyOf(settings.get("rp")),
    verifyTls: settings.get("sni")?.trim().toLowerCase() !== "n",
  };
}

function integerWithin(text: string | null, min: number, max: number, fallback: number): number {
  if (text === null || !/^\s*-?\d+\s*$/.test(text)) return fallback;
  return Math.min(max, Math.max(min, Number(text)));
}

function retryPolicyOf(text: string | null): RetryPolicy {
  const named = new Set(
    (text ?? "")
      .toLowerCase()
      .split(",")
      .map((item) => item.trim()),
  );
  const known = ["4xx", "5xx", "ct", "rt", "all"].some((item) => named.has(item));
  const has = (item: string): boolean => named.has(item) || named.has("all");
  return {
    clientErrors: has("4xx"),
    serverErrors: has("5xx"),
    connectFailures: has("ct") || !known,
    readTimeouts: has("rt"),
  };
}
