// What of an upstream's fields is kept as it is has to be there, and to be something that the database can keep.

import { GatewayError } from "../../../core/errors.ts";
import { isStorable } from "../../../core/storable-text.ts";

const charactersMax = 200;

/** Throws `missing-parameter` when it is empty, `invalid-parameter` when it is endless or no text. */
export function storableField(name: string, value: string): string {
  if (value === "") throw new GatewayError("missing-parameter", `The request has no ${name}.`);
  if (value.length <= charactersMax && isStorable(value)) return value;
  throw new GatewayError("invalid-parameter", `${name} must be at most ${charactersMax} characters, without U+0000.`);
}
