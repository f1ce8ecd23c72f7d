// What somebody may mean who looks for a number: numbers are stored in one form each, and typed in many. Names a few exact
// forms, because only those are answered by an index; never guesses a country but that of ten American digits.

import { compactNumber } from "./phone-number.ts";
import { isShortCode } from "./sender-id.ts";

/** The forms under which a number as typed may be stored, at most three; whatever is no number stays as it is. */
export function numberForms(typed: string): readonly string[] {
  const compact = compactNumber(typed);
  if (/^00[1-9]\d{6,14}$/.test(compact)) return [`+${compact.slice(2)}`];
  if (!/^\d+$/.test(compact)) return /^\+\d+$/.test(compact) ? [compact] : [typed];
  const american = /^[2-9]\d{2}[2-9]\d{6}$/.test(compact) ? [`+1${compact}`] : [];
  return [...american, `+${compact}`, ...(isShortCode(compact) ? [compact] : [])];
}
