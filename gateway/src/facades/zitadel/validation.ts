// The checks that the service definition asks for, field by field in the order of their numbers; the first that fails is
// what is answered, in ZITADEL's words.

import {
  type DescField,
  type DescMessage,
  getOption,
  hasOption,
  isMessage,
  type MessageShape,
} from "@bufbuild/protobuf";
import { type Duration, DurationSchema } from "@bufbuild/protobuf/wkt";
import { Code, type ConnectError } from "@connectrpc/connect";
import { refuse } from "./errors.ts";
import { rules } from "./generated/validate/validate_pb.js";

/** Throws what is wrong with the first wrong field. */
export function validate<Schema extends DescMessage>(schema: Schema, message: MessageShape<Schema>): void {
  const values = message as unknown as Readonly<Record<string, unknown>>;
  for (const field of schema.fields.toSorted((one, other) => one.number - other.number)) {
    const rule = hasOption(field, rules) ? getOption(field, rules).type : undefined;
    const value = values[field.localName];
    if (rule?.case === "string") {
      const { minLen = 0n, maxLen = 0n } = rule.value;
      const min = mayBeEmpty(field, values) ? Number(minLen) : Math.max(1, Number(minLen));
      const length = runes(String(value));
      if (length < min || length > Number(maxLen)) {
        throw violation(schema, field, `value length must be between ${min} and ${maxLen} runes, inclusive`);
      }
      // The database takes none; said here, where the field has the name that the caller knows.
      if (String(value).includes("\0")) throw violation(schema, field, "value must not contain U+0000");
    }
    if (rule?.case === "duration" && isDuration(value) && (value.seconds !== 0n || value.nanos !== 0)) {
      throw violation(schema, field, "value must equal 0s");
    }
  }
}

/** A sender is needed, unless Twilio Verify chooses one; older versions demanded it always. */
function mayBeEmpty(field: DescField, values: Readonly<Record<string, unknown>>): boolean {
  return field.name !== "sender_number" || values["verifyServiceSid"] !== "" || values[field.localName] !== "";
}

function runes(text: string): number {
  return [...text].length;
}

function isDuration(value: unknown): value is Duration {
  return isMessage(value, DurationSchema);
}

function violation(schema: DescMessage, field: DescField, problem: string): ConnectError {
  const name = field.jsonName.charAt(0).toUpperCase() + field.jsonName.slice(1);
  return refuse({ code: Code.InvalidArgument, text: `invalid ${schema.name}.${name}: ${problem}` });
}
