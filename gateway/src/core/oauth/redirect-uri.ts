// Which redirect URIs a client may register: https, http on loopback (RFC 8252 section 7.3), or a scheme of its own with a
// dot in it (section 7.1), so that no other program's scheme is taken by accident.

const loopbackHosts: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];
const ownScheme = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:$/;

/** Null: it may be registered; otherwise what is wrong with it. */
export function problemOfRedirectUri(text: string): string | null {
  const uri = URL.parse(text);
  if (uri === null) return "must be an absolute URI";
  if (text.includes("#")) return "must not have a fragment";
  if (uri.username !== "" || uri.password !== "") return "must not have credentials";
  if (uri.protocol === "https:" || ownScheme.test(uri.protocol)) return null;
  if (uri.protocol === "http:" && loopbackHosts.includes(uri.hostname)) return null;
  return "must begin with https://, http://localhost, http://127.0.0.1 or a scheme of your own such as com.example.app:";
}

/**
 * A client with a redirect to loopback or to its own scheme is an application on somebody's machine: any port of the
 * loopback is then its own (RFC 8252 section 7.3).
 */
export function isNative(redirectUris: readonly string[]): boolean {
  return redirectUris.some((uri) => !uri.startsWith("https:"));
}
