import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultReplies, matchKeyword } from "./keywords.ts";

const words = {
  STOP: ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"],
  START: ["START", "YES", "UNSTOP"],
  HELP: ["HELP", "INFO"],
} as const;
const all = Object.entries(words).flatMap(([keyword, spellings]) => spellings.map((word) => [word, keyword] as const));

describe("matchKeyword", () => {
  it.each(all)("takes %s for %s, in any case and with blanks around", (word, keyword) => {
    expect(matchKeyword(word)).toBe(keyword);
    expect(matchKeyword(` \n${word.toLowerCase()}\t `)).toBe(keyword);
  });

  it.each(["", " ", "STOP ALL", "STOP!", "please stop", "STOPP", "ſtop", "ﬁnd", "START1", "НЕLP"])(
    "takes %j for a message",
    (body) => {
      expect(matchKeyword(body)).toBeNull();
    },
  );

  it("does not let YES lift a toll-free block, as the network does not", () => {
    expect(matchKeyword("yes", "toll-free")).toBeNull();
    expect(matchKeyword("unstop", "toll-free")).toBe("START");
    expect(matchKeyword("Stop", "toll-free")).toBe("STOP");
  });

  it("matches a whole word or nothing", () => {
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.string({ minLength: 1 }), ([word], extra) => {
        fc.pre(extra.trim() !== "" && !all.some(([other]) => other === (word + extra).trim().toUpperCase()));
        expect(matchKeyword(word + extra)).toBeNull();
      }),
    );
  });
});

describe("defaultReplies", () => {
  it("names the network in the replies of toll-free numbers only", () => {
    expect(defaultReplies["toll-free"].STOP).toMatch(/^NETWORK MSG: /);
    expect(defaultReplies["toll-free"].START).toMatch(/^NETWORK MSG: /);
    expect(defaultReplies.default.STOP).toBe(
      "You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe.",
    );
    expect(defaultReplies.default.HELP).toBe("Reply STOP to unsubscribe. Msg&Data Rates May Apply.");
  });
});
