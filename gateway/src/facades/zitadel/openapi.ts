// ZITADEL's API as /openapi.json describes it, made from the service definition. Clients have definitions of their own; this
// is for people.

import { type DescField, type DescMessage, getOption, hasOption, ScalarType } from "@bufbuild/protobuf";
import type { OpenapiOperation, OpenapiPart, OpenapiSchema } from "../openapi-part.ts";
import { rules } from "./generated/validate/validate_pb.js";
import { prefix, type RestRoute, routes } from "./rest/paths.ts";

const tag = "ZITADEL: SMS providers";
const schemaName = ({ name }: DescMessage): string => `Zitadel${name}`;
const errorSchema = "ZitadelError";

/** Google's own messages are plain values in JSON. */
const plainMessages: Readonly<Record<string, string>> = {
  "google.protobuf.Timestamp": "RFC 3339, in UTC.",
  "google.protobuf.Duration": "Seconds with an `s`.",
};

function describeField(field: DescField): OpenapiSchema {
  switch (field.fieldKind) {
    case "message":
      return describeMessage(field.message);
    case "enum":
      return { type: "string", description: field.enum.values.map(({ name }) => name).join(", ") };
    case "list":
      return {
        type: "array",
        items: field.listKind === "message" ? describeMessage(field.message) : { type: "string" },
      };
    case "scalar":
      return { ...scalar(field.scalar), ...lengthOf(field) };
    case "map":
      return { type: "object" };
  }
}

function describeMessage(message: DescMessage): OpenapiSchema {
  const description = plainMessages[message.typeName];
  return description === undefined ? refTo(schemaName(message)) : { type: "string", description };
}

function refTo(name: string): OpenapiSchema {
  return { $ref: `#/components/schemas/${name}` };
}

function scalar(type: ScalarType): OpenapiSchema {
  if (type === ScalarType.BOOL) return { type: "boolean" };
  if (type === ScalarType.UINT32) return { type: "integer" };
  return type === ScalarType.UINT64 ? { type: "string", description: "A whole number." } : { type: "string" };
}

function lengthOf(field: DescField): { readonly description?: string } {
  const rule = hasOption(field, rules) ? getOption(field, rules).type : undefined;
  if (rule?.case !== "string") return {};
  return { description: `${rule.value.minLen} to ${rule.value.maxLen} characters.` };
}

/** The schemas of a message and of what it is made of. */
function schemasOf(message: DescMessage): [string, OpenapiSchema][] {
  if (message.typeName in plainMessages) return [];
  const properties = Object.fromEntries(message.fields.map((field) => [field.jsonName, describeField(field)]));
  const inner = message.fields.flatMap(({ message: part }) => (part === undefined ? [] : schemasOf(part)));
  return [[schemaName(message), { type: "object", properties }], ...inner];
}

function operationOf({ method, segments, takesBody }: RestRoute): OpenapiOperation {
  const json = (schema: OpenapiSchema) => ({ content: { "application/json": { schema } } });
  return {
    tags: [tag],
    summary: method.name,
    parameters: segments.flatMap((segment) =>
      segment.startsWith("{")
        ? [{ name: segment.slice(1, -1), in: "path" as const, required: true, schema: { type: "string" } }]
        : [],
    ),
    ...(takesBody ? { requestBody: json(refTo(schemaName(method.input))) } : {}),
    responses: {
      "200": { description: "Done.", ...json(refTo(schemaName(method.output))) },
      default: { description: "Refused.", ...json(refTo(errorSchema)) },
    },
  };
}

function paths(): OpenapiPart["paths"] {
  const byPath = Map.groupBy(routes, ({ segments }) => `${prefix}/${segments.join("/")}`);
  return Object.fromEntries(
    [...byPath].map(([path, of]) => [
      path,
      Object.fromEntries(of.map((route) => [route.verb.toLowerCase(), operationOf(route)])),
    ]),
  );
}

const error: OpenapiSchema = {
  type: "object",
  properties: {
    code: { type: "integer", description: "Of gRPC." },
    message: { type: "string" },
    details: {
      type: "array",
      items: { type: "object", properties: { id: { type: "string" }, message: { type: "string" } } },
    },
  },
};

export const zitadelOpenapi: OpenapiPart = {
  tags: [{ name: tag, description: "ZITADEL's admin API as REST; over gRPC, gRPC-Web and Connect it is the same." }],
  paths: paths(),
  schemas: {
    ...Object.fromEntries(routes.flatMap(({ method }) => [...schemasOf(method.input), ...schemasOf(method.output)])),
    [errorSchema]: error,
  },
};
