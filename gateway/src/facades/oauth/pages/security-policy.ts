// The content security policy of the sign-in pages: one style, no scripts but those that the library adds by their hash, no
// frames, and forms that lead to the gateway, and from there to the client that asked.

import { styleHash } from "./style.ts";

/** What a redirect URI counts as in the policy: its origin, or its own scheme. */
export function sourceOf(uri: string): string {
  const { protocol, origin } = new URL(uri);
  return protocol === "https:" || protocol === "http:" ? origin : protocol;
}

/** The policy with these sources as further targets of forms; `policy`: the one to add them to. */
export function withFormTargets(sources: readonly string[], policy = basePolicy): string {
  const formAction = ["form-action 'self'", ...sources].join(" ");
  const others = policy.split(";").map((directive) => directive.trim());
  return [...others.filter((directive) => !directive.startsWith("form-action")), formAction].join("; ");
}

// An empty script-src allows none; the library adds the hash of its own where a page needs it.
const basePolicy = [
  "default-src 'none'",
  "script-src",
  `style-src '${styleHash}'`,
  "img-src data:",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");
