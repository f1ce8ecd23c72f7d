// HTTP authentication for URLs that carry a user name and password: the answer to a 401's challenge, Digest
// (RFC 7616, qop=auth or none) where offered, else Basic (RFC 7617).

import { createHash, randomBytes } from "node:crypto";

export interface UrlCredentials {
  readonly username: string;
  readonly password: string;
}

/** The Authorization header for a challenge, or null when no scheme is known. `target` is path and query. */
export function answerChallenge(
  challenges: readonly string[],
  credentials: UrlCredentials,
  method: string,
  target: string,
): string | null {
  const digest = challenges.find((challenge) => /^digest\s/i.test(challenge));
  const answer = digest === undefined ? null : digestAnswer(parametersOf(digest), credentials, method, target);
  if (answer !== null) return answer;
  if (!challenges.some((challenge) => /(^|,\s*)basic(\s|$)/i.test(challenge))) return null;
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
}

const hashes: Readonly<Record<string, string>> = { MD5: "md5", "SHA-256": "sha256" };

function digestAnswer(
  challenge: ReadonlyMap<string, string>,
  { username, password }: UrlCredentials,
  method: string,
  target: string,
): string | null {
  const realm = challenge.get("realm") ?? "";
  const nonce = challenge.get("nonce") ?? "";
  const algorithm = (challenge.get("algorithm") ?? "MD5").toUpperCase();
  const hashName = hashes[algorithm];
  const offered = challenge
    .get("qop")
    ?.split(",")
    .map((option) => option.trim());
  if (hashName === undefined || (offered !== undefined && !offered.includes("auth"))) return null;
  const hash = (text: string) => createHash(hashName).update(text).digest("hex");
  const cnonce = randomBytes(8).toString("hex");
  const first = hash(`${username}:${realm}:${password}`);
  const second = hash(`${method}:${target}`);
  const middle = offered === undefined ? nonce : `${nonce}:00000001:${cnonce}:auth`;
  const parts = [
    `username="${quoted(username)}"`,
    `realm="${quoted(realm)}"`,
    `nonce="${quoted(nonce)}"`,
    `uri="${target}"`,
    `algorithm=${algorithm}`,
    `response="${hash(`${first}:${middle}:${second}`)}"`,
  ];
  if (offered !== undefined) parts.push("qop=auth", "nc=00000001", `cnonce="${cnonce}"`);
  const opaque = challenge.get("opaque");
  if (opaque !== undefined) parts.push(`opaque="${quoted(opaque)}"`);
  return `Digest ${parts.join(", ")}`;
}

function parametersOf(challenge: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const match of challenge.matchAll(/([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)) {
    const name = (match[1] ?? "").toLowerCase();
    if (!parameters.has(name)) parameters.set(name, match[2]?.replace(/\\(.)/g, "$1") ?? match[3] ?? "");
  }
  return parameters;
}

function quoted(text: string): string {
  return text.replace(/["\\]/g, "\\$&");
}
