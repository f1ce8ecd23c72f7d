// What FusionAuth's generic messenger posts. Older versions send less, newer ones more: what is not known is ignored.

import { recipientIn } from "../../../core/addresses/national-number.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { MessageRequest } from "../../../core/messages/request.ts";

const uuidForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Throws `missing-parameter` and `invalid-parameter` with what to do about it. `region`: of numbers without a country. */
export function readHookMessage(body: unknown, region: string): MessageRequest {
  const given = typeof body === "object" && body !== null && !Array.isArray(body) ? body : {};
  const fields = given as Readonly<Record<string, unknown>>;
  const type = fields["type"] ?? "SMS";
  if (type === "Voice") {
    throw new GatewayError(
      "invalid-parameter",
      "This gateway sends text messages, not calls. Take Voice out of the messenger's message types in FusionAuth, and give the " +
        "voice messages of the tenant another messenger.",
    );
  }
  if (type !== "SMS") throw wrong("type", "must be SMS");
  const [to, text] = [textOf(fields, "phoneNumber"), textOf(fields, "textMessage")];
  if (to === "") throw missing("phoneNumber");
  if (text === "") throw missing("textMessage");
  const { userId } = fields;
  const known = typeof userId === "string" && uuidForm.test(userId);
  return { to: recipientIn(region, to), body: text, ...(known ? { tags: JSON.stringify({ userId }) } : {}) };
}

function textOf(fields: Readonly<Record<string, unknown>>, name: string): string {
  const value = fields[name] ?? "";
  if (typeof value === "string") return value;
  throw wrong(name, "must be a text");
}

function missing(name: string): GatewayError {
  return new GatewayError("missing-parameter", `The request has no ${name}.`);
}

function wrong(name: string, problem: string): GatewayError {
  return new GatewayError("invalid-parameter", `${name} ${problem}.`);
}
