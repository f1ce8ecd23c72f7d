// Opt-out keywords of inbound messages and the fixed replies to them (CTIA conventions, Twilio's default sets).
// Says what a message means; who is opted out of what is decided by consent.

export type Keyword = "STOP" | "START" | "HELP";

/** Where the message arrived. Toll-free opt-out is done by the carrier network, with rules and words of its own. */
export type KeywordScope = "default" | "toll-free";

const keywords: ReadonlyMap<string, Keyword> = new Map<string, Keyword>([
  ...["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"].map(
    (word) => [word, "STOP"] as const,
  ),
  ...["START", "YES", "UNSTOP"].map((word) => [word, "START"] as const),
  ...["HELP", "INFO"].map((word) => [word, "HELP"] as const),
]);
const LONGEST_KEYWORD = 11;

/**
 * The keyword that a body is, or null. The whole body counts: trimmed, one word, ASCII letters of any case
 * (no case folding of other letters: a long s is not an s).
 */
export function matchKeyword(body: string, scope: KeywordScope = "default"): Keyword | null {
  const word = body.trim();
  if (word.length > LONGEST_KEYWORD || !/^[A-Za-z]+$/.test(word)) return null;
  const upper = word.toUpperCase();
  // The toll-free network knows START and UNSTOP; YES does not lift its block.
  if (scope === "toll-free" && upper === "YES") return null;
  return keywords.get(upper) ?? null;
}

/** The automatic replies, word for word as subscribers know them. */
export const defaultReplies: Readonly<Record<KeywordScope, Readonly<Record<Keyword, string>>>> = {
  default: {
    STOP: "You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe.",
    START:
      "You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    HELP: "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
  },
  "toll-free": {
    STOP: 'NETWORK MSG: You replied with the word "stop" which blocks all texts sent from this number. Text back "unstop" to receive messages again.',
    START: 'NETWORK MSG: You have replied "unstop" and will begin receiving messages again from this number.',
    HELP: "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
  },
};
