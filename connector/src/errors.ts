// The component's error hook: whatever was thrown reaches the platform as an Error with one readable line, and with the
// facts as properties for flows that look at them.

import { isSpectralError } from "@prismatic-io/spectral";
import { ActionError } from "trunkline/actions";

export function presentError(thrown: unknown): Error {
  if (thrown instanceof ActionError) {
    const error = new Error(thrown.message);
    error.name = thrown.name;
    return Object.assign(error, { kind: thrown.kind, ...thrown.facts });
  }
  if (thrown instanceof Error || isSpectralError(thrown)) return thrown as Error;
  return new Error(typeof thrown === "string" ? thrown : "Something unexpected was thrown.");
}
