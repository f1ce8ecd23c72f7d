// The form of a token request (RFC 6749 section 4.4.2). Scope and audience change nothing: a client's role says what it
// may do.

import { GatewayError } from "../../../core/errors.ts";
import { type Form, first } from "../form.ts";
import { requiredText } from "../products/parameters.ts";

export interface TokenRequest {
  readonly clientId: string;
  readonly clientSecret: string;
}

export function readTokenRequest(form: Form): TokenRequest {
  if (requiredText(form, "grant_type") !== "client_credentials") {
    throw new GatewayError("invalid-parameter", "Invalid grant_type: give client_credentials.");
  }
  // Without a secret it is a wrong one.
  return { clientId: requiredText(form, "client_id"), clientSecret: first(form, "client_secret") ?? "" };
}
