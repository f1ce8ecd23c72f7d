// Which text the database can keep: PostgreSQL's text has no U+0000, and its jsonb no half of a surrogate pair. Neither is
// a character that anybody could read, so whoever takes text from outside refuses what this refuses.

export function isStorable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}
