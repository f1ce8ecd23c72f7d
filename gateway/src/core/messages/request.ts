// What a caller asks for when they create a message, before anything has been checked. Strings are as they came in,
// so that the checks can run in one documented order (core/messages/prepare.ts) whichever facade it came through.

export interface MessageRequest {
  readonly to?: string;
  readonly from?: string;
  readonly messagingServiceSid?: string;
  readonly body?: string;
  readonly mediaUrls?: readonly string[];
  readonly contentSid?: string;
  readonly contentVariables?: string;
  readonly statusCallback?: string;
  readonly applicationSid?: string;
  /** Seconds, 1 to 36000. */
  readonly validityPeriod?: string;
  readonly scheduleType?: string;
  /** ISO 8601. */
  readonly sendAt?: string;
  readonly smartEncoded?: string;
  readonly provideFeedback?: string;
  readonly maxPrice?: string;
  readonly attempt?: string;
  readonly contentRetention?: string;
  readonly addressRetention?: string;
  readonly riskCheck?: string;
  readonly tags?: string;
  readonly messageIntent?: string;
}

/** The caller's key for "the same request again", with a digest of everything that makes it the same. */
export interface Idempotency {
  readonly key: string;
  readonly requestHash: Buffer;
}
