// Finds the one-time code in the text of a message, for providers that want it apart from the text. A guess by its form:
// good enough to show, never to decide anything by.

const longestSearched = 2000;

/** The code; null: the text has nothing that looks like one. */
export function findOneTimeCode(message: string): string | null {
  const text = message.slice(0, longestSearched);
  // the last line of an origin-bound message: `@example.com #123456`
  const bound = /^@\S+ #([A-Za-z0-9]{4,12})(?:\s|$)/m.exec(text)?.[1];
  if (bound !== undefined) return bound;
  const digits = /(?<![\w+.,:/#]|\d[ -])(?:\d{4,10}|\d{3}[ -]\d{3})(?![\w:/-]|[., ]\d)/.exec(text)?.[0];
  if (digits !== undefined) return digits.replace(/\D/, "");
  // letters and digits, both: `H4K9QX`
  return /(?<![\w+./#-])(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z0-9]{5,12}(?![\w/-])/.exec(text)?.[0] ?? null;
}
