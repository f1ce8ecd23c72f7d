// The request that a Twilio SDK makes for `messages.create({ to, from, body })`, byte for byte as far as it matters.

import type { RequestTemplate } from "../load/load.ts";

/** The one sender that the bench's account has (see account.ts); Prism ignores it. */
export const SENDER = "+12025550100";

export function smsForm(accountSid: string, authToken: string): RequestTemplate {
  return {
    method: "POST",
    path: `/2010-04-01/Accounts/${accountSid}/Messages.json`,
    headers: {
      Authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`,
      "Content-Type": "application/x-www-form-urlencoded",
      Accept: "application/json",
    },
    body: `To=%2B1415{to}&From=${encodeURIComponent(SENDER)}&Body=Your+code+is+{n}`,
  };
}

/** The body that the message with this number has. */
export function bodyOf(n: number): string {
  return `Your code is ${n}`;
}
