// Under which URLs an upstream may have called: a signature is over the URL as the upstream knows it, which proxies in
// between may have changed. Only what is configured, and what the request says as far as its proxies are trusted.

export interface CalledUrl {
  /** Path and query as they came. */
  readonly path: string;
  /** What the URLs that this gateway gives out begin with, without a slash at the end; null: it gives out none. */
  readonly base: string | null;
  /** By X-Forwarded-Proto of a trusted proxy, else of the connection. */
  readonly protocol: string;
  /** By X-Forwarded-Host of a trusted proxy, else the Host header. */
  readonly host: string;
  /** The Host header itself: a proxy may pass it on and say nothing more. */
  readonly hostHeader: string | undefined;
  /** X-Forwarded-Port of a trusted proxy. */
  readonly forwardedPort: string | undefined;
}

/** Each once, the likeliest first. Variants with and without ports are the signature check's. */
export function candidateUrls({ path, base, protocol, host, hostHeader, forwardedPort }: CalledUrl): string[] {
  const origins = [base, ...[host, hostHeader].map((name) => name && `${protocol}://${name}`)];
  if (forwardedPort !== undefined && /^\d{1,5}$/.test(forwardedPort)) {
    origins.push(`${protocol}://${host.replace(/:\d+$/, "")}:${forwardedPort}`);
  }
  return [...new Set(origins.flatMap((origin) => (origin ? [origin + path] : [])))];
}
