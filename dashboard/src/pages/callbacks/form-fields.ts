// Form fields as people paste them: a raw body, or a line for each field.

export interface FormField {
  readonly name: string;
  readonly value: string;
}

export function readFormFields(text: string): FormField[] {
  const typed = text.trim();
  if (typed === "") return [];
  const isLines = typed.includes("\n") || /^[\w.-]+\s*:\s/.test(typed);
  if (!isLines) return [...new URLSearchParams(typed)].map(([name, value]) => ({ name, value }));
  return typed.split("\n").flatMap((line): FormField[] => {
    const [, name, value] = /^\s*([^:=\s]+)\s*[:=]\s?(.*?)\r?$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [{ name, value }];
  });
}
