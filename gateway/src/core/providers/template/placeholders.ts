// Texts with placeholders, `${to}` or `${user.name.given}`: taken apart once, then put together with marks (to see where
// each placeholder stands) or with values. A value is never looked through for placeholders.

export interface TemplateText {
  /** One more than there are names: what stands before, between and after the placeholders. */
  readonly literals: readonly string[];
  readonly names: readonly string[];
}

/** Letters only, none of which completes an escape sequence of a URL, of JSON or of XML. */
const markStart = "zqplaceholder";
const placeholder = /\$\{([A-Za-z_][\w.-]{0,63})\}/;

export function parseTemplateText(text: string): TemplateText {
  const parts = text.split(placeholder);
  return {
    literals: parts.filter((_, index) => index % 2 === 0),
    names: parts.filter((_, index) => index % 2 === 1),
  };
}

/** The text with `fill(index)` for each placeholder. */
export function fillText({ literals, names }: TemplateText, fill: (index: number) => string): string {
  return literals.map((literal, index) => (index < names.length ? literal + fill(index) : literal)).join("");
}

/** What stands for placeholder `index` while a text is examined. */
function markOf(index: number): string {
  return `${markStart}${index}zq`;
}

/** The text with its marks; null: the text has something of its own that looks like a mark. */
export function marked(text: TemplateText): string | null {
  if (text.literals.some((literal) => literal.toLowerCase().includes(markStart))) return null;
  return fillText(text, markOf);
}

/** How many marks a text has. */
export function countMarks(text: string): number {
  return text.split(markStart).length - 1;
}

/** The text with `fill(index)` for each mark. */
export function replaceMarks(text: string, fill: (index: number) => string): string {
  return text.replace(/zqplaceholder(\d+)zq/g, (_, index: string) => fill(Number(index)));
}

export const brokenPlaceholder = "has a dollar sign and a brace that begin no placeholder";
export const reservedText = `must not contain ${markStart}`;

/** Something that was meant to be a placeholder and is none: `${ to }`, `${to`. */
export function hasBrokenPlaceholder({ literals }: TemplateText): boolean {
  return literals.some((literal) => literal.includes("${"));
}
