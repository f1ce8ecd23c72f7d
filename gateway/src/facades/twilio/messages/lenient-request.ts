// Requests of identity platforms that speak Twilio without saying so: they have names of their own for the account, and the
// numbers in their settings are as somebody typed them. Everybody else's requests are as they are, unless a region is configured.

import type { Principal } from "../../../core/access/principal.ts";
import { recipientIn, senderIn } from "../../../core/addresses/national-number.ts";
import type { MessageRequest } from "../../../core/messages/request.ts";

/** Where the numbers of identity platforms are when nobody says: FusionAuth's own examples are. */
const usualRegion = "US";

/** Numbers get the region's country. A stranger's number is not used beside a messaging service: FusionAuth leaves both set. */
export function readLeniently(
  request: MessageRequest,
  { accountAlias }: Principal,
  defaultRegion: string | null,
): MessageRequest {
  const region = defaultRegion ?? (accountAlias === undefined ? null : usualRegion);
  if (region === null) return request;
  const { to, from, ...rest } = request;
  const withoutFrom = accountAlias !== undefined && (request.messagingServiceSid ?? "").trim() !== "";
  return {
    ...rest,
    ...(to === undefined ? {} : { to: recipientIn(region, to) }),
    ...(from === undefined || withoutFrom ? {} : { from: senderIn(region, from) }),
  };
}
