import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldWord, type Keyword, keywords } from "./keyword.ts";
import { bindKeywords, defaultReplies, type KeywordPlace } from "./keywords.ts";
import { keywordLanguages, type Language, languages } from "./languages.ts";
import { judgeSettings, type KeywordSettings, resolveKeywords } from "./settings.ts";

const words = {
  STOP: ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"],
  START: ["START", "YES", "UNSTOP"],
  HELP: ["HELP", "INFO"],
} as const;
const all = Object.entries(words).flatMap(([keyword, spellings]) => spellings.map((word) => [word, keyword] as const));

const bookOf = (settings: KeywordSettings = {}, place: KeywordPlace = "number") =>
  bindKeywords(resolveKeywords([{ scope: "account", settings }]), place);
const meaning = (body: string, settings?: KeywordSettings, place?: KeywordPlace): Keyword | null =>
  bookOf(settings, place).match(body)?.keyword ?? null;

describe("the standard keywords", () => {
  it.each(all)("takes %s for %s, in any case and with blanks around", (word, keyword) => {
    expect(meaning(word)).toBe(keyword);
    expect(meaning(` \n${word.toLowerCase()}\t `)).toBe(keyword);
  });

  it.each(["", " ", "STOP ALL", "STOP!", "please stop", "STOPP", "START1", "НЕLP", "ARRET", "x".repeat(5000)])(
    "takes %j for a message",
    (body) => {
      expect(meaning(body)).toBeNull();
    },
  );

  it.each(["ＳＴＯＰ", "ſtop", "ｓｔｏｐ"])("takes %s for STOP: another form of the same letters", (body) => {
    expect(meaning(body)).toBe("STOP");
  });

  it("does not let YES, nor any word of one's own, lift a toll-free block, as the network does not", () => {
    const settings = { languages: ["es"], START: { words: ["AGAIN"] } } as const;
    for (const body of ["yes", "again", "reanudar"]) expect(meaning(body, settings, "toll-free")).toBeNull();
    expect(meaning("unstop", settings, "toll-free")).toBe("START");
    expect(meaning("Stop", settings, "toll-free")).toBe("STOP");
    expect(meaning("baja", settings, "toll-free")).toBe("STOP");
  });

  it("match a whole word or nothing", () => {
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.string({ minLength: 1 }), ([word], extra) => {
        fc.pre(!all.some(([other]) => other === foldWord((word + extra).trim())));
        expect(meaning(word + extra)).toBeNull();
      }),
    );
  });

  it("are answered in the words that subscribers know; toll-free numbers in the network's", () => {
    expect(bookOf().match("stop")?.reply).toBe(
      "You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe.",
    );
    expect(bookOf().match("help")?.reply).toBe("Reply STOP to unsubscribe. Msg&Data Rates May Apply.");
    const settings = { STOP: { reply: "Bye" }, START: { reply: "Hi" } };
    expect(bookOf(settings, "toll-free").match("cancel")?.reply).toBe(defaultReplies["toll-free"].STOP);
    expect(bookOf(settings, "toll-free").match("START")?.reply).toMatch(/^NETWORK MSG: /);
  });
});

describe("the languages", () => {
  const everyday =
    `ja nein oui non si sí sì sim não nao no nie tak nee ok okay fin fine basta alto aus ende einde koniec
    gracias danke merci obrigado grazie dank dziękuję bien gut gute bom bene goed dobrze alta mañana heute morgen già
    hola hallo ciao olá bonjour cześć aqui aquí hier ici qui tutu per para de por la le il the a stopp? start? mama
    weiter avanti go ga dalej continuar continua verder volver zurück terug annulla storno anular cancelar`
      .split(/\s+/)
      .map(foldWord);

  const others = languages.filter((language) => language !== "en");
  const wordsOf = (language: Language, keyword: Keyword) => keywordLanguages[language].words[keyword].map(foldWord);

  it("have words and replies for each of the three, and a way back in every reply to a STOP", () => {
    for (const language of languages) {
      for (const keyword of keywords) {
        expect(wordsOf(language, keyword).length, `${language} ${keyword}`).toBeGreaterThan(0);
        expect(keywordLanguages[language].replies[keyword].length).toBeLessThanOrEqual(320);
      }
      expect(keywordLanguages[language].replies.STOP).toContain("START");
      expect(keywordLanguages[language].replies.HELP).toContain("STOP");
    }
  });

  it("give no word two meanings, whichever are chosen together", () => {
    const meanings = new Map<string, Set<Keyword>>();
    for (const language of languages) {
      for (const keyword of keywords) {
        for (const word of wordsOf(language, keyword)) {
          meanings.set(word, (meanings.get(word) ?? new Set()).add(keyword));
        }
      }
    }
    expect([...meanings].filter(([, several]) => several.size > 1)).toEqual([]);
  });

  it("other than English know no word that is an everyday answer, each one word without spaces", () => {
    for (const language of others) {
      for (const keyword of keywords) {
        for (const word of wordsOf(language, keyword)) {
          expect(everyday).not.toContain(word);
          expect(word).toMatch(/^\p{Lu}{4,40}$/u);
        }
      }
    }
  });

  it("count only where they are chosen, and the English words always", () => {
    expect(meaning("arrêt", { languages: ["fr"] })).toBe("STOP");
    expect(meaning("ARRÊT", { languages: ["fr", "de"] })).toBe("STOP");
    expect(meaning("hilfe", { languages: ["fr", "de"] })).toBe("HELP");
    expect(meaning("hilfe", { languages: ["fr"] })).toBeNull();
    expect(meaning("unsubscribe", { languages: ["fr"] })).toBe("STOP");
  });

  it("are answered in the language of the word, STOP itself in the first one", () => {
    const settings = { languages: ["de", "en", "fr"] } as const;
    const reply = (body: string) => bookOf(settings).match(body)?.reply;
    expect(reply("stop")).toBe(keywordLanguages.de.replies.STOP);
    expect(reply("unsubscribe")).toBe(keywordLanguages.en.replies.STOP);
    expect(reply("aide")).toBe(keywordLanguages.fr.replies.HELP);
  });
});

describe("keywords of one's own", () => {
  it("come beside the known ones, in any script and case", () => {
    const settings = { STOP: { words: ["GENUG", "停止", "СТОП"].map(foldWord) }, HELP: { reply: "Ask us." } };
    expect(meaning("genug", settings)).toBe("STOP");
    expect(meaning("停止", settings)).toBe("STOP");
    expect(meaning("стоп", settings)).toBe("STOP");
    expect(meaning("STOP", settings)).toBe("STOP");
    expect(bookOf(settings).match("info")).toEqual({ keyword: "HELP", reply: "Ask us." });
  });

  it("may replace the known ones for a short code, but never leave it without a word for STOP", () => {
    const settings = { STOP: { words: ["OUT"], replacesDefaults: true }, HELP: { replacesDefaults: true } };
    expect(meaning("out", settings, "short-code")).toBe("STOP");
    expect(meaning("stop", settings, "short-code")).toBeNull();
    expect(meaning("help", settings, "short-code")).toBeNull();
    expect(meaning("stop", settings, "number")).toBe("STOP");
    expect(meaning("stop", { STOP: { replacesDefaults: true, words: [] } }, "short-code")).toBe("STOP");
  });

  it("an empty reply is none", () => {
    expect(bookOf({ STOP: { reply: "" } }).match("stop")).toEqual({ keyword: "STOP", reply: null });
  });

  it("a word that has come to mean two things ends messages", () => {
    const chain = [
      { scope: "service" as const, settings: { START: { words: ["GO"] } } },
      { scope: "account" as const, settings: { STOP: { words: ["GO"] } } },
    ];
    expect(bindKeywords(resolveKeywords(chain), "number").match("go")?.keyword).toBe("STOP");
  });

  it("are taken from the nearest who says something, each thing by itself", () => {
    const effective = resolveKeywords([
      { scope: "service", settings: { STOP: { reply: "Bye" } } },
      { scope: "account", settings: { languages: ["fr"], STOP: { words: ["OUT"], reply: "Au revoir" } } },
    ]);
    expect(effective).toMatchObject({ languages: ["fr"], languagesFrom: "account" });
    expect(effective.rules.STOP).toMatchObject({
      words: ["OUT"],
      wordsFrom: "account",
      reply: "Bye",
      replyFrom: "service",
    });
    expect(effective.rules.HELP).toMatchObject({ wordsFrom: "default", replyFrom: "default" });
  });
});

describe("judgeSettings", () => {
  const judge = (settings: KeywordSettings, wider: KeywordSettings = {}, isShortCode = false) =>
    judgeSettings({ scope: "sender", settings }, [{ scope: "account", settings: wider }], isShortCode).map(
      ({ field }) => field,
    );

  it.each<[string, KeywordSettings, string[]]>([
    ["two words", { STOP: { words: ["STOP NOW"] } }, ["stop.words"]],
    ["no word", { STOP: { words: [""] } }, ["stop.words"]],
    ["41 characters", { STOP: { words: ["X".repeat(41)] } }, ["stop.words"]],
    ["a control character", { STOP: { words: ["A\u0007B"] } }, ["stop.words"]],
    ["a known word of another kind", { HELP: { words: ["STOP"] } }, ["help.words"]],
    ["a word of a chosen language", { languages: ["fr"], START: { words: ["AIDE"] } }, ["start.words"]],
    ["a word in two kinds", { STOP: { words: ["OUT"] }, HELP: { words: ["OUT"] } }, ["stop.words", "help.words"]],
    ["321 characters of reply", { HELP: { reply: "x".repeat(321) } }, ["help.reply"]],
    ["a reply that cannot be stored", { HELP: { reply: "\0" } }, ["help.reply"]],
    ["more than fifty words", { STOP: { words: Array.from({ length: 51 }, (_, n) => `W${n}`) } }, ["stop.words"]],
    ["replacing the standard words of a number", { HELP: { replacesDefaults: true } }, ["help.replacesDefaults"]],
  ])("refuses %s", (_, settings, fields) => {
    expect(judge(settings)).toEqual(fields);
  });

  it("refuses a word that means something else to the account, and a short code without any STOP", () => {
    expect(judge({ HELP: { words: ["OUT"] } }, { STOP: { words: ["OUT"] } })).toEqual(["help.words"]);
    expect(judge({ STOP: { replacesDefaults: true } }, {}, true)).toEqual(["stop.words"]);
    expect(judge({ STOP: { replacesDefaults: true, words: ["OUT"] }, HELP: { words: ["STOP"] } }, {}, true)).toEqual(
      [],
    );
  });

  it("accepts 40 characters, 320 of reply, and none", () => {
    expect(judge({ STOP: { words: ["😀".repeat(40)], reply: "é".repeat(320) }, START: { reply: "" } })).toEqual([]);
  });
});
