// The words that mean STOP, START and HELP to one sender, and the replies to them. Says what a message means; who is
// opted out of what is decided by consent.

import { foldWord, type Keyword, onlyWordOf } from "./keyword.ts";
import { keywordLanguages, type Language, tollFreeNetwork } from "./languages.ts";
import { type EffectiveKeywords, knownWords } from "./settings.ts";

export type { Keyword } from "./keyword.ts";

/** Where messages arrive. The network has a say in toll-free numbers, and short codes may have words of their own alone. */
export type KeywordPlace = "number" | "toll-free" | "short-code";

export interface KeywordMatch {
  readonly keyword: Keyword;
  /** Null: none. */
  readonly reply: string | null;
}

export interface KeywordBook {
  /** Every word that is known, folded, by what it means. */
  readonly words: Readonly<Record<Keyword, readonly string[]>>;
  /** The reply to each when it is not the words that tell. */
  readonly replies: Readonly<Record<Keyword, string | null>>;
  /** What a body means: the whole of it counts, trimmed, one word. Null: nothing. */
  match(body: string): KeywordMatch | null;
}

/** `STOP` itself and the like: the same in every language. */
const universal: ReadonlySet<string> = new Set(["STOP", "START", "HELP"]);
/** The later overrules the earlier: a word that has come to mean two things ends messages. */
const byWeight = ["HELP", "START", "STOP"] as const;

export function bindKeywords(effective: EffectiveKeywords, place: KeywordPlace): KeywordBook {
  const meanings = new Map<string, KeywordMatch>();
  for (const keyword of byWeight) {
    for (const word of wordsOf(effective, place, keyword)) {
      meanings.set(word, { keyword, reply: replyTo(effective, place, keyword, word) });
    }
  }
  const meaning = (keyword: Keyword) =>
    wordsOf(effective, place, keyword).filter((word) => meanings.get(word)?.keyword === keyword);
  const reply = (keyword: Keyword) => replyTo(effective, place, keyword, keyword);
  return {
    words: { STOP: meaning("STOP"), START: meaning("START"), HELP: meaning("HELP") },
    replies: { STOP: reply("STOP"), START: reply("START"), HELP: reply("HELP") },
    match(body) {
      const word = onlyWordOf(body);
      return word === null ? null : (meanings.get(word) ?? null);
    },
  };
}

function wordsOf({ languages, rules }: EffectiveKeywords, place: KeywordPlace, keyword: Keyword): readonly string[] {
  // Nothing but the network's own words lifts its block.
  if (place === "toll-free" && keyword === "START") return tollFreeNetwork.start;
  const { words, replacesDefaults } = rules[keyword];
  const own = place === "short-code" && replacesDefaults;
  // Whatever is configured, there is a way to stop.
  if (own && (keyword !== "STOP" || words.length > 0)) return words;
  return [...new Set([...knownWords(languages, keyword), ...words])];
}

function replyTo(
  { languages, rules }: EffectiveKeywords,
  place: KeywordPlace,
  keyword: Keyword,
  word: string,
): string | null {
  if (place === "toll-free" && keyword !== "HELP" && isEnglish(keyword, word)) return tollFreeNetwork.replies[keyword];
  const reply = rules[keyword].reply ?? keywordLanguages[languageOf(word, keyword, languages)].replies[keyword];
  return reply === "" ? null : reply;
}

/** In whose language a word is answered: the first of those that have it. */
function languageOf(word: string, keyword: Keyword, languages: readonly Language[]): Language {
  const [first = "en"] = languages;
  if (universal.has(word)) return first;
  const has = (language: Language) => keywordLanguages[language].words[keyword].some((own) => foldWord(own) === word);
  return languages.find(has) ?? first;
}

function isEnglish(keyword: Keyword, word: string): boolean {
  return keywordLanguages.en.words[keyword].includes(word);
}

/** The automatic replies while nothing is configured, word for word as subscribers know them. */
export const defaultReplies = {
  default: keywordLanguages.en.replies,
  "toll-free": { ...tollFreeNetwork.replies, HELP: keywordLanguages.en.replies.HELP },
} as const;
