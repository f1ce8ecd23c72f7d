// URL.parse() for the modules that `trunkline/actions` shares: they also run on Node 20, which does not have it yet.

/** Null when it is no URL. */
export function parseUrl(text: string, base?: string): URL | null {
  return URL.canParse(text, base) ? new URL(text, base) : null;
}
