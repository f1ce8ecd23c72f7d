// The three things that a keyword can mean, and how its words are compared.

export const keywords = ["STOP", "START", "HELP"] as const;
export type Keyword = (typeof keywords)[number];

/** Longest word of a keyword, in characters. */
export const wordCharactersMax = 40;

/**
 * The form in which words are compared: compatibility forms (full-width letters, ligatures) as their plain letters, in
 * upper case of any script. Accents count.
 */
export function foldWord(text: string): string {
  // By way of lower case, since ẞ has no other way to SS.
  return text.normalize("NFKC").toLowerCase().toUpperCase().normalize("NFKC");
}

/** The one word that a body is, folded; null if it is more, none, or longer than any keyword. */
export function onlyWordOf(body: string): string | null {
  const word = body.trim();
  // A character has two UTF-16 units at the most.
  if (word === "" || word.length > 2 * wordCharactersMax || /\s/.test(word)) return null;
  return foldWord(word);
}
