// Keyword settings as the native API takes and shows them: what is said here, and what holds in the end.

import type { z } from "zod";
import { foldWord, type Keyword, keywords } from "../../../core/keywords/keyword.ts";
import { bindKeywords, type KeywordPlace } from "../../../core/keywords/keywords.ts";
import {
  type KeywordRule,
  type KeywordScope,
  type KeywordSettings,
  resolveKeywords,
  type ScopedSettings,
} from "../../../core/keywords/settings.ts";
import type { keywordsBody, keywordsReply } from "./schema.ts";

const names = { STOP: "stop", START: "start", HELP: "help" } as const;

export function readSettings(body: z.output<typeof keywordsBody>): KeywordSettings {
  const rules = keywords.flatMap((keyword) => {
    const rule = readRule(body[names[keyword]]);
    return Object.keys(rule).length === 0 ? [] : [[keyword, rule] as const];
  });
  const { languages } = body;
  return { ...Object.fromEntries(rules), ...(languages === undefined || languages === null ? {} : { languages }) };
}

function readRule(given: z.output<typeof keywordsBody>["stop"]): KeywordRule {
  const { words, replacesDefaults, reply } = given ?? {};
  return {
    ...(words === undefined || words === null
      ? {}
      : { words: [...new Set(words.map((word) => foldWord(word.trim().toWellFormed())))] }),
    ...(replacesDefaults === undefined || replacesDefaults === null ? {} : { replacesDefaults }),
    ...(reply === undefined || reply === null ? {} : { reply }),
  };
}

export interface ShownKeywords {
  readonly scope: KeywordScope;
  /** What is said, the nearest first. */
  readonly chain: readonly ScopedSettings[];
  readonly place: KeywordPlace;
}

export function presentKeywords({ scope, chain, place }: ShownKeywords): z.output<typeof keywordsReply> {
  const own = chain.find((one) => one.scope === scope)?.settings ?? {};
  const effective = resolveKeywords(chain);
  const book = bindKeywords(effective, place);
  const ownRule = (keyword: Keyword) => {
    const { words, replacesDefaults = null, reply = null } = own[keyword] ?? {};
    return { words: words === undefined ? null : [...words], replacesDefaults, reply };
  };
  const effectiveRule = (keyword: Keyword) => {
    const { wordsFrom, replyFrom } = effective.rules[keyword];
    const words = [...book.words[keyword]];
    return { words, ownWordsFrom: wordsFrom, reply: book.match(words[0] ?? "")?.reply ?? null, replyFrom };
  };
  return {
    scope,
    own: {
      languages: own.languages === undefined ? null : [...own.languages],
      stop: ownRule("STOP"),
      start: ownRule("START"),
      help: ownRule("HELP"),
    },
    effective: {
      languages: [...effective.languages],
      languagesFrom: effective.languagesFrom,
      stop: effectiveRule("STOP"),
      start: effectiveRule("START"),
      help: effectiveRule("HELP"),
    },
  };
}
