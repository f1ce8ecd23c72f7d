// URL.parse() for versions of Node that do not have it yet.

/** Null when it is no URL. */
export function parseUrl(text: string, base?: string): URL | null {
  return URL.canParse(text, base) ? new URL(text, base) : null;
}
