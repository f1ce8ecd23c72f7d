// What the parts of the provider form share.

import type { Choice } from "../../ui/field.tsx";
import type { Draft } from "./provider-draft.ts";

export interface FieldsProps {
  readonly draft: Draft;
  readonly set: (changes: Partial<Draft>) => void;
  readonly problemOf: (field: string) => string | undefined;
  /** Secrets are stored already. */
  readonly isChange: boolean;
}

export function choicesOf<Value extends string>(words: Readonly<Record<Value, string>>): Choice<Value>[] {
  return (Object.entries(words) as [Value, string][]).map(([value, label]) => ({ value, label }));
}
