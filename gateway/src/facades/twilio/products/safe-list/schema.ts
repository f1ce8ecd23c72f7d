// The number of a safe-list request, in the form (create) or in the query.

import { parseSafeListNumber } from "../../../../core/protection/safe-list.ts";
import type { Form } from "../../form.ts";
import { invalid, requiredText } from "../parameters.ts";

/** As the list spells it. Throws `missing-parameter` or `invalid-parameter`. */
export function readSafeListNumber(form: Form): string {
  const number = parseSafeListNumber(requiredText(form, "PhoneNumber"));
  if (number !== null) return number;
  throw invalid("PhoneNumber", "a number in E.164, or one that ends in xxx for a thousand");
}
