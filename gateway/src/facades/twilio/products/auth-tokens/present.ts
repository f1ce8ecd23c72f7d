// The secondary auth token and its promotion as Twilio's resources. These answers are the only ones that show a token
// beside the account itself.

import type { SecondaryToken } from "../../../../services/auth-tokens.ts";
import type { PromotedToken } from "../../../../store/auth-tokens.ts";
import { iso8601 } from "../../dates.ts";
import type { JsonObject } from "../../xml.ts";

/** `origin`: of the gateway, as the caller reaches it. */
export function presentSecondaryToken(
  accountSid: string,
  { token, createdAt }: SecondaryToken,
  origin: string,
): JsonObject {
  return {
    account_sid: accountSid,
    secondary_auth_token: token,
    date_created: iso8601(createdAt),
    date_updated: iso8601(createdAt),
    url: `${origin}/v1/AuthTokens/Secondary`,
  };
}

export function presentPromotion(accountSid: string, promoted: PromotedToken, origin: string): JsonObject {
  return {
    account_sid: accountSid,
    auth_token: promoted.token,
    date_created: iso8601(promoted.createdAt),
    date_updated: iso8601(promoted.promotedAt),
    url: `${origin}/v1/AuthTokens/Promote`,
  };
}
