// What each refusal of a Twilio-compatible server means for a message. A table of facts; the rules over it are in
// outcome.ts. Codes that only reports bring are here as well: some servers create a message that has failed already.

export type Refusal = "retry" | "next-provider" | "refused";

/** The provider, not the message, is at fault: credentials, account, sender, region, what was set up there. */
const nextProvider = [
  20003, // credentials
  20004, // the path does not have this method
  20005, // account not active
  20006, // access denied
  20008, // test credentials
  20404, // the account is not there
  21212, // From invalid
  21266, // From is To: another provider sends from another number
  // Our own account's 21408 never reaches a carrier; a provider's says that this provider does not serve the region.
  21408,
  21603, // From missing
  21606, // From not the account's, or without SMS
  21608, // trial account, unverified number
  21609, // the status callback that we gave
  21612, // not reachable from this From
  21616, // From ambiguous
  21621, // From without MMS
  21622, // account without MMS
  21657, // sender ID invalid
  21659, // From not the account's
  21660, // From is another account's
  21661, // From without SMS
  21664,
  21665,
  21666,
  21667,
  21668, // FallbackFrom
  21701,
  21702,
  21703,
  21704,
  21705, // messaging service: not there, not available, no number, empty, invalid
  21709, // alphanumeric sender
  21711, // not of this service
  21910, // From and To of different channels
  30002, // account suspended
  30023,
  30027, // daily limits
  30024, // numeric sender not provisioned
  30032, // toll-free number not verified
  30033,
  30034,
  30035, // 10DLC campaign or number not ready
  30037, // outbound messaging disabled
  63001, // channel credentials
  63038, // daily limit of a channel
  70051, // the API key lacks the permission
] as const;

/** The recipient or the message is at fault: nobody else can help, and an opt-out must not be circumvented. */
const refused = [
  21211, // To invalid
  21602, // no body
  21604, // To missing
  21610, // opted out
  21614, // not a mobile number
  21617, // too long
  21618, // the body cannot be sent
  21619, // no content
  21620, // media URL
  21623, // too many media
  21624,
  21627, // parameters of the message
  21635, // landline
  21654,
  21655,
  21656, // content template
  21658, // parameter too long
  30003,
  30004,
  30005,
  30006,
  30007, // handset, network, filter
  30010, // price
  30019, // size
  30036, // validity period
  30038, // one-time code filtered
  30039, // loop
  30450,
  30453, // the provider's protection against fraud
  63003,
  63016,
  63024, // channels: recipient
] as const;

/** Come later: it was not looked at, or there is no room. */
const retry = [
  20429, // too many requests
  21611, // queue full
  30001, // queue overflow
  30017, // congestion
  30022, // rate limit
] as const;

export const refusalByCode: ReadonlyMap<number, Refusal> = new Map<number, Refusal>([
  ...nextProvider.map((code) => [code, "next-provider"] as const),
  ...refused.map((code) => [code, "refused"] as const),
  ...retry.map((code) => [code, "retry"] as const),
]);
