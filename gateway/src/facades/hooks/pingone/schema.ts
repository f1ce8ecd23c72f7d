// What PingOne sends in the place of its placeholders. Whoever set the provider up there has named the fields, so each may
// have any of several names; what is not known is ignored.

import { createHash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { GatewayError } from "../../../core/errors.ts";
import type { Idempotency, MessageRequest } from "../../../core/messages/request.ts";

const names = {
  to: ["to", "To", "recipient", "phone", "phoneNumber", "number"],
  from: ["from", "From", "sender"],
  message: ["message", "Body", "body", "text", "content"],
  kind: ["deliveryMethod", "type", "channel"],
} as const;

type Fields = Readonly<Record<string, unknown>>;

/** Throws `missing-parameter` and `invalid-parameter` with what to do about it. */
export function readHookMessage(request: FastifyRequest): MessageRequest {
  const fields = fieldsOf(request);
  if (/^voice$/i.test(textOf(fields, "kind"))) {
    throw new GatewayError(
      "invalid-parameter",
      "This gateway sends text messages, not calls: take the VOICE request out of the custom provider in PingOne.",
    );
  }
  const to = textOf(fields, "to");
  const body = textOf(fields, "message");
  if (to === "") throw missing("to");
  if (body === "") throw missing("message");
  const from = textOf(fields, "from");
  return { to: international(to), body, ...(from === "" ? {} : { from: international(from) }) };
}

function fieldsOf({ method, query, body }: FastifyRequest): Fields {
  const given = method === "GET" ? query : body;
  return typeof given === "object" && given !== null && !Array.isArray(given) ? (given as Fields) : {};
}

function textOf(fields: Fields, field: keyof typeof names): string {
  for (const name of names[field]) {
    const value = fields[name];
    if (typeof value === "number") return String(value);
    if (typeof value === "string" && value !== "") return value;
    // Of the kind only a wrong one matters.
    if (field !== "kind" && value !== undefined && value !== null && value !== "") {
      throw new GatewayError("invalid-parameter", `${name} must be a text, and be there once.`);
    }
  }
  return "";
}

/** With phoneNumberFormat NUMBER_ONLY a number comes without its plus. A short code stays what it is. */
function international(number: string): string {
  return /^\d{9,15}$/.test(number) ? `+${number}` : number;
}

function missing(name: string): GatewayError {
  return new GatewayError(
    "missing-parameter",
    `The request has no ${name}: give the field ${name} the value \${${name}} in PingOne.`,
  );
}

const keyForm = /^[\x21-\x7e]{1,255}$/;

/** Undefined: the caller does not say that it may ask again. Throws `invalid-parameter`. */
export function readIdempotency(request: FastifyRequest, message: MessageRequest): Idempotency | undefined {
  const key = request.headers["idempotency-key"];
  if (key === undefined) return undefined;
  if (typeof key !== "string" || !keyForm.test(key)) {
    throw new GatewayError("invalid-parameter", "Idempotency-Key must be 1 to 255 visible ASCII characters.");
  }
  const same = JSON.stringify([message.to, message.from ?? "", message.body]);
  return { key, requestHash: createHash("sha256").update(same).digest() };
}
