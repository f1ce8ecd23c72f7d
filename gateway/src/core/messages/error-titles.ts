// What the error code of a message means, in the words that applications know: shown in message resources and status
// callbacks. A table of facts (Twilio's error dictionary); applications should decide by the code, never by the text.

const titles: Readonly<Record<number, string>> = {
  21211: "Invalid 'To' Phone Number",
  21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
  21610: "Attempt to send to unsubscribed recipient",
  21611: "This 'From' number has exceeded the maximum number of queued messages",
  21612: "Message cannot be sent with the current combination of 'To' and/or 'From' parameters",
  21614: "'To' number is not a valid mobile number",
  21617: "The concatenated message body exceeds the 1600 character limit",
  21703: "The Messaging Service does not have a phone number available to send a message",
  30001: "Queue overflow",
  30002: "Account suspended",
  30003: "Unreachable destination handset",
  30004: "Message blocked",
  30005: "Unknown destination handset",
  30006: "Landline or unreachable carrier",
  30007: "Message filtered",
  30008: "Unknown error",
  30009: "Missing inbound segment",
  30010: "Message price exceeds max price",
  30017: "Carrier network congestion",
  30019: "Content size exceeds carrier limit",
  30020: "Internal failure with message scheduling",
  30021: "Internal failure with the service orchestrator",
  30022: "US A2P 10DLC - Rate Limits Exceeded",
  30023: "US A2P 10DLC - Daily Message Cap Reached",
  30024: "Numeric Sender ID Not Provisioned on Carrier",
  30027: "US A2P 10DLC - T-Mobile Daily Message Limit Reached",
  30032: "Toll-Free Number Has Not Been Verified",
  30033: "US A2P 10DLC - Campaign Suspended",
  30034: "US A2P 10DLC - Message from an Unregistered Number",
  30035: "US A2P 10DLC - Message from a number that is still being configured",
  30036: "Validity Period Expired",
  30037: "Outbound Messaging Disabled",
  30038: "OTP Message Body Filtered",
  30039: "Message Loop Detected",
  30410: "Provider Timeout Error",
  30450: "Message delivery blocked",
  30453: "Message couldn't be delivered",
  60203: "Max send attempts reached",
  63001: "Channel could not authenticate the request",
  63003: "Channel could not find To address",
  63016: "Failed to send freeform message because you are outside the allowed window",
  63024: "Invalid message recipient",
  63038: "Account exceeded the daily messages limit",
};

/** The title of an error code; null for no code, and for one that is not in the table. */
export function errorTitle(code: number | null): string | null {
  return code === null ? null : (titles[code] ?? null);
}
