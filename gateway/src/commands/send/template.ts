// Message templates: text with `{{column}}` where a row's value goes.

/** What a template is made of: text, and the places of columns. */
export type Template = readonly (string | { readonly column: number })[];

export type TemplateResult =
  | { readonly ok: true; readonly template: Template; readonly columns: ReadonlySet<number> }
  | { readonly ok: false; readonly unknownColumn: string };

/** `columnOf` gives the position of a name, or -1. */
export function parseTemplate(text: string, columnOf: (name: string) => number): TemplateResult {
  const template: (string | { column: number })[] = [];
  const columns = new Set<number>();
  let end = 0;
  for (const match of text.matchAll(/\{\{([^{}]*)\}\}/g)) {
    const name = (match[1] ?? "").trim();
    const column = columnOf(name);
    if (column < 0) return { ok: false, unknownColumn: name };
    columns.add(column);
    template.push(text.slice(end, match.index), { column });
    end = match.index + match[0].length;
  }
  template.push(text.slice(end));
  return { ok: true, template, columns };
}

export function fillTemplate(template: Template, values: readonly string[]): string {
  return template.map((part) => (typeof part === "string" ? part : (values[part.column] ?? ""))).join("");
}
