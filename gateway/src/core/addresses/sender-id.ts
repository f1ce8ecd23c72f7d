// Senders that are no phone numbers, by their spelling alone.

// Five and six digits in the US and Canada; three to eight exist elsewhere.
const SHORT_CODE = /^\d{3,8}$/;
const ALPHANUMERIC = /^(?=.*[A-Za-z])[A-Za-z0-9 +\-_&]{1,11}$/;

export function isShortCode(text: string): boolean {
  return SHORT_CODE.test(text);
}

/** One to eleven characters with a letter among them. */
export function isAlphanumericId(text: string): boolean {
  return ALPHANUMERIC.test(text);
}
