// Tokens, keys and their discovery document: the only place that shapes them.

import type { GrantedToken } from "../../../services/authenticator.ts";
import type { KeySet } from "../../../services/oauth/signing-keys.ts";

export function presentToken({ accessToken, expiresInSeconds }: GrantedToken) {
  return { access_token: accessToken, token_type: "Bearer", expires_in: expiresInSeconds };
}

export function presentKeys({ keys }: KeySet) {
  return { keys: keys.map(({ publicJwk }) => publicJwk) };
}

/** OpenID Connect Discovery 1.0 section 3, as far as clients without a person need it. */
export function presentDiscovery(issuer: string) {
  return {
    issuer,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    grant_types_supported: ["client_credentials"],
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
    response_types_supported: [],
    scopes_supported: [],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
  };
}
