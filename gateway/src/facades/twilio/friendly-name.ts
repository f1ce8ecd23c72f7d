// FriendlyName as v2010 takes it: 1 to 64 characters.

import { GatewayError } from "../../core/errors.ts";
import { type Form, first } from "./form.ts";

const charactersMax = 64;

/** Undefined: not given. Throws `friendly-name-invalid`. */
export function readFriendlyName(form: Form): string | undefined {
  const text = first(form, "FriendlyName");
  if (text === undefined) return undefined;
  if (text.trim() !== "" && [...text].length <= charactersMax) return text;
  throw new GatewayError("friendly-name-invalid", `FriendlyName has 1 to ${charactersMax} characters.`);
}
