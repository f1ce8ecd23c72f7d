// The fields of an upstream's call: of the form that was posted, or of the query.

import type { FastifyRequest } from "fastify";
import { GatewayError } from "../../../core/errors.ts";
import type { FormFields } from "../../../core/signature/signature.ts";

const formType = /^application\/x-www-form-urlencoded\b/i;
/** Real calls have some thirty. */
const fieldsMax = 1000;

export interface HookCall {
  /** Decoded, in their order. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Those of them that a signature covers beside the URL. */
  readonly signed: FormFields;
  /** The first field of a name; empty: there is none. */
  valueOf(name: string): string;
}

/** Throws `unsupported-media-type` for a body of another type, and `invalid-parameter` for fields without end. */
export function readCall(request: FastifyRequest): HookCall {
  const posted = request.method === "POST";
  const type = request.headers["content-type"];
  if (posted && type !== undefined && !formType.test(type)) {
    throw new GatewayError("unsupported-media-type", "The body must be application/x-www-form-urlencoded.");
  }
  const text = posted ? request.rawForm : queryOf(request);
  if (text.split("&", fieldsMax + 1).length > fieldsMax) {
    throw new GatewayError("invalid-parameter", `The request has more than ${fieldsMax} fields.`);
  }
  const fields = [...new URLSearchParams(text)];
  const first = new Map(fields.toReversed());
  return { fields, signed: posted ? fields : [], valueOf: (name) => first.get(name) ?? "" };
}

function queryOf({ raw }: FastifyRequest): string {
  const url = raw.url ?? "";
  const start = url.indexOf("?");
  return start < 0 ? "" : url.slice(start + 1);
}
