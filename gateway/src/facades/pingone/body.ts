// Bodies: JSON, read by a schema. What is wrong with it is told all at once; what nobody knows is ignored, since clients
// send back whole answers.

import { isUtf8 } from "node:buffer";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { GatewayError } from "../../core/errors.ts";
import { isStorable } from "../../core/storable-text.ts";
import { constraint, type ErrorDetail, invalidData, required, targetOf } from "./details.ts";

const jsonType = /^application\/(?:[\w.-]+\+)?json$/;

/** Every body of the facade is text until readBody() takes it. */
export function addBodyParser(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>("*", { parseAs: "buffer" }, (request, bytes, done) => {
    const [type = ""] = (request.headers["content-type"] ?? "").toLowerCase().split(";");
    if (bytes.length > 0 && !jsonType.test(type.trim())) {
      return done(new GatewayError("unsupported-media-type", `The body must be JSON, not ${type.slice(0, 100)}.`));
    }
    if (!isUtf8(bytes)) return done(malformed("The body is not UTF-8."));
    done(null, bytes.toString("utf8"));
  });
}

/** Text that can be kept. */
export const text = z.string().refine(isStorable, "must be well-formed text");

/** Text with something to be seen in it. */
export const filledText = text.check(({ value, issues }) => {
  if (value.trim() !== "") return;
  issues.push({ code: "too_small", origin: "string", minimum: 1, input: value, message: "must not be empty" });
});

/** Throws a 400 with everything that is wrong. */
export function readBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  return readValue(schema, parseJson(body));
}

export function parseJson(body: unknown): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(typeof body === "string" ? body : "");
  } catch (error) {
    if (error instanceof SyntaxError) throw malformed("The body is not JSON.");
    throw error;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw malformed("The body must be a JSON object.");
  }
  return withoutNulls(value) as Readonly<Record<string, unknown>>;
}

/** `more`: what is known to be wrong beside what the schema finds; alone it is no reason to throw. */
export function readValue<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  more: readonly ErrorDetail[] = [],
): z.output<Schema> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw invalidData(...read.error.issues.map((issue) => detailOf(issue, value)), ...more);
}

function malformed(message: string): GatewayError {
  return new GatewayError("invalid-parameter", message, {
    values: { pingoneCode: "INVALID_REQUEST", pingoneDetails: JSON.stringify([constraint("body", message)]) },
  });
}

const depthMax = 32;

/** Null is as absent. */
function withoutNulls(value: unknown, depth = 0): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > depthMax) throw malformed("The body is nested too deeply.");
  if (Array.isArray(value)) return value.map((item: unknown) => withoutNulls(item, depth + 1));
  const entries = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(entries.map(([name, inner]) => [name, withoutNulls(inner, depth + 1)]));
}

type Issue = z.core.$ZodIssue;

function detailOf(issue: Issue, value: unknown): ErrorDetail {
  const target = targetOf(issue.path);
  if (issue.code === "invalid_type" && valueAt(value, issue.path) === undefined) return required(target);
  if ((issue.code === "invalid_value" || issue.code === "invalid_union") && valueAt(value, issue.path) === undefined) {
    return required(target);
  }
  const maximum = "maximum" in issue ? Number(issue.maximum) : 0;
  switch (issue.code) {
    case "too_small":
      if (issue.origin === "string") return { code: "EMPTY_VALUE", target, message: "must not be empty" };
      if (issue.origin !== "number" && issue.origin !== "int") return constraint(target, issue.message);
      return outOfRange(target, issue.message, { rangeMinimumValue: Number(issue.minimum) });
    case "too_big":
      if (issue.origin === "number" || issue.origin === "int") {
        return outOfRange(target, issue.message, { rangeMaximumValue: maximum });
      }
      return { code: "SIZE_LIMIT_EXCEEDED", target, message: issue.message, innerError: { maximumValue: maximum } };
    case "invalid_value":
      return constraint(target, issue.message, { allowedValues: issue.values.map(String) });
    default:
      return constraint(target, issue.message);
  }
}

function outOfRange(target: string, message: string, innerError: NonNullable<ErrorDetail["innerError"]>): ErrorDetail {
  return { code: "OUT_OF_RANGE", target, message, innerError };
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, part) => {
    return typeof inner === "object" && inner !== null ? (inner as Record<PropertyKey, unknown>)[part] : undefined;
  }, value);
}
