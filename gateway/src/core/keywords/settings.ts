// What an account, a messaging service and a sender say of STOP, START and HELP, and what holds for a sender in the end:
// each thing is taken from the nearest one that says it. What they say is judged here too.

import { isStorable } from "../storable-text.ts";
import { foldWord, type Keyword, keywords, wordCharactersMax } from "./keyword.ts";
import { keywordLanguages, type Language } from "./languages.ts";

/** Absent: as the next wider one says. */
export interface KeywordRule {
  /** Beside the known words; folded. */
  readonly words?: readonly string[];
  /** Instead of the known words: short codes only. */
  readonly replacesDefaults?: boolean;
  /** Empty: no reply. */
  readonly reply?: string;
}

export interface KeywordSettings extends Readonly<Partial<Record<Keyword, KeywordRule>>> {
  /** Not empty. The first is the one that STOP, START and HELP themselves are answered in. */
  readonly languages?: readonly Language[];
}

export type KeywordScope = "sender" | "service" | "account";

export interface ScopedSettings {
  readonly scope: KeywordScope;
  readonly settings: KeywordSettings;
}

type From = KeywordScope | "default";

export interface EffectiveRule {
  /** Words of one's own; the known ones are not among them. */
  readonly words: readonly string[];
  readonly wordsFrom: From;
  readonly replacesDefaults: boolean;
  /** Null: the reply of the language. Empty: none. */
  readonly reply: string | null;
  readonly replyFrom: From;
}

export interface EffectiveKeywords {
  readonly languages: readonly Language[];
  readonly languagesFrom: From;
  readonly rules: Readonly<Record<Keyword, EffectiveRule>>;
}

const defaultLanguages: readonly Language[] = ["en"];

/** What holds in the end. `chain`: what is said, the nearest first. */
export function resolveKeywords(chain: readonly ScopedSettings[]): EffectiveKeywords {
  const said = chain.find(({ settings }) => settings.languages !== undefined);
  return {
    languages: said?.settings.languages ?? defaultLanguages,
    languagesFrom: said?.scope ?? "default",
    rules: {
      STOP: resolveRule(chain, "STOP"),
      START: resolveRule(chain, "START"),
      HELP: resolveRule(chain, "HELP"),
    },
  };
}

function resolveRule(chain: readonly ScopedSettings[], keyword: Keyword): EffectiveRule {
  const words = chain.find(({ settings }) => settings[keyword]?.words !== undefined);
  const reply = chain.find(({ settings }) => settings[keyword]?.reply !== undefined);
  const replacing = chain.find(({ settings }) => settings[keyword]?.replacesDefaults !== undefined);
  return {
    words: words?.settings[keyword]?.words ?? [],
    wordsFrom: words?.scope ?? "default",
    replacesDefaults: replacing?.settings[keyword]?.replacesDefaults ?? false,
    reply: reply?.settings[keyword]?.reply ?? null,
    replyFrom: reply?.scope ?? "default",
  };
}

/** The known words of the languages; those of English always, because carriers demand them. Folded. */
export function knownWords(languages: readonly Language[], keyword: Keyword): string[] {
  const all = new Set<Language>(["en", ...languages]);
  return [...new Set([...all].flatMap((language) => keywordLanguages[language].words[keyword].map(foldWord)))];
}

export interface SettingsProblem {
  /** `stop.words`, `help.reply` … */
  readonly field: string;
  readonly message: string;
}

const wordsPerKeywordMax = 50;
const replyCharactersMax = 320;

/** Everything that is wrong with settings, given what the wider ones say. `isShortCode`: they are of one. */
export function judgeSettings(
  own: ScopedSettings,
  wider: readonly ScopedSettings[],
  isShortCode: boolean,
): SettingsProblem[] {
  const effective = resolveKeywords([own, ...wider]);
  return keywords.flatMap((keyword) => judgeRule(keyword, own.settings[keyword] ?? {}, effective, isShortCode));
}

function judgeRule(
  keyword: Keyword,
  rule: KeywordRule,
  effective: EffectiveKeywords,
  isShortCode: boolean,
): SettingsProblem[] {
  const problems: SettingsProblem[] = [];
  const name = keyword.toLowerCase();
  const tell = (field: string, message: string) => problems.push({ field: `${name}.${field}`, message });
  const { words = [], reply = "", replacesDefaults = false } = rule;
  if (words.length > wordsPerKeywordMax) tell("words", `must be at most ${wordsPerKeywordMax} words`);
  for (const word of words) {
    const message = problemOfWord(word) ?? meaningElsewhere(word, keyword, effective);
    if (message !== null) tell("words", message);
  }
  if ([...reply].length > replyCharactersMax) tell("reply", `must have at most ${replyCharactersMax} characters`);
  if (!isStorable(reply)) tell("reply", "must be well-formed Unicode without U+0000");
  if (replacesDefaults && !isShortCode) {
    tell("replacesDefaults", "the standard words always count for numbers; only a short code can do without them");
  } else if (keyword === "STOP" && effective.rules.STOP.replacesDefaults && effective.rules.STOP.words.length === 0) {
    tell("words", "STOP needs at least one word: give some, or keep the standard ones");
  }
  return problems;
}

function problemOfWord(word: string): string | null {
  if (word === "") return "a word must not be empty";
  if ([...word].length > wordCharactersMax) return `a word must have at most ${wordCharactersMax} characters`;
  if (/[\s\p{C}]/u.test(word)) return `${JSON.stringify(word)} must be one word, without spaces and control characters`;
  return null;
}

/** What else the word would mean. */
function meaningElsewhere(word: string, keyword: Keyword, { languages, rules }: EffectiveKeywords): string | null {
  for (const other of keywords) {
    if (other === keyword) continue;
    const known = rules[other].replacesDefaults ? [] : knownWords(languages, other);
    if (known.includes(word) || rules[other].words.includes(word)) return `${word} already means ${other}`;
  }
  return null;
}
