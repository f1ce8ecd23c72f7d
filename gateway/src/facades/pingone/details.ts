// What is wrong with a request, field by field, in PingOne's words. Terraform takes a first detail with INVALID_VALUE for
// wrong credentials of the provider, so nothing else may use that code.

import { GatewayError } from "../../core/errors.ts";

/** Numbers must be integers: PingOne's SDK cannot read others. */
export interface InnerError {
  readonly rangeMinimumValue?: number;
  readonly rangeMaximumValue?: number;
  readonly maximumValue?: number;
  readonly allowedPattern?: string;
  readonly allowedValues?: readonly string[];
  readonly referencedValues?: readonly string[];
  readonly existingId?: string;
}

export interface ErrorDetail {
  readonly code:
    | "REQUIRED_VALUE"
    | "EMPTY_VALUE"
    | "INVALID_VALUE"
    | "OUT_OF_RANGE"
    | "SIZE_LIMIT_EXCEEDED"
    | "UNIQUENESS_VIOLATION"
    | "CONSTRAINT_VIOLATION"
    | "INVALID_TOKEN"
    | "INSUFFICIENT_PERMISSIONS"
    | "LIMIT_EXCEEDED";
  /** The path of the field: `numbers[0].type`. */
  readonly target?: string;
  readonly message: string;
  readonly innerError?: InnerError;
}

/** A 400 with these details. */
export function invalidData(...details: readonly ErrorDetail[]): GatewayError {
  const message = details.map(({ target = "", message }) => `${target} ${message}`.trim()).join("; ");
  return new GatewayError("invalid-parameter", message, { values: { pingoneDetails: JSON.stringify(details) } });
}

/** Throws invalidData() unless there are none. */
export function refuse(details: readonly ErrorDetail[]): void {
  if (details.length > 0) throw invalidData(...details);
}

export function constraint(target: string, message: string, innerError?: InnerError): ErrorDetail {
  return { code: "CONSTRAINT_VIOLATION", target, message, ...(innerError === undefined ? {} : { innerError }) };
}

export function required(target: string): ErrorDetail {
  return { code: "REQUIRED_VALUE", target, message: "must not be null" };
}

export function nameTaken(existingId: string): ErrorDetail {
  const message = "A resource with the specified name already exists.";
  return { code: "UNIQUENESS_VIOLATION", target: "name", message, innerError: { existingId } };
}

/** `numbers[0].type` of `["numbers", 0, "type"]`. */
export function targetOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((target, part) => {
    if (typeof part === "number") return `${target}[${part}]`;
    return target === "" ? String(part) : `${target}.${String(part)}`;
  }, "");
}
