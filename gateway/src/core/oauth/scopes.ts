// The scopes of the gateway's authorization server. Others may be asked for; they are dropped.

/** Gives a token the audience of the APIs (ZITADEL's spelling; `zitadel` stands for the project that owns them). */
export const adminAudienceScope = "urn:zitadel:iam:org:project:id:zitadel:aud";

/** What that scope puts into a token's audience. */
export const adminAudience = "zitadel";

export const supportedScopes = ["openid", "profile", "email", "offline_access", adminAudienceScope] as const;

/** Those of `scope` (space separated) that the gateway knows, each once. */
export function knownScopes(scope: string | undefined): string[] {
  const asked = new Set(scope?.split(" "));
  return supportedScopes.filter((known) => asked.has(known));
}
