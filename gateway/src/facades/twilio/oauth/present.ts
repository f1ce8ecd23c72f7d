// A granted access token as Twilio's Token resource: the only place that shapes it.

import type { GrantedToken } from "../../../services/authenticator.ts";
import type { JsonObject } from "../xml.ts";

export function presentToken({ accessToken, expiresInSeconds }: GrantedToken): JsonObject {
  return {
    access_token: accessToken,
    // A client asks again with its secret: there is nothing to refresh, and nobody to identify.
    refresh_token: null,
    id_token: null,
    expires_in: expiresInSeconds,
    token_type: "Bearer",
  };
}
