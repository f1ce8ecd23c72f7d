// Reads a JSON body into a request message by the rules of Protobuf's JSON: both spellings of names, null is absent, 64-bit
// numbers as text or number, unknown names ignored. A field that is there twice, in whatever spelling, is an error.

import { type DescMessage, fromJson, type JsonValue, type MessageShape } from "@bufbuild/protobuf";
import { Code, type ConnectError } from "@connectrpc/connect";
import { refuse } from "../errors.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** An empty body is an empty message. Throws InvalidArgument for whatever is no such message. */
export function readJson<Schema extends DescMessage>(schema: Schema, body: Uint8Array): MessageShape<Schema> {
  try {
    const text = decoder.decode(body);
    const blank = text.trim() === "";
    const json = (blank ? {} : JSON.parse(text)) as JsonValue;
    const message = fromJson(schema, json, { ignoreUnknownFields: true });
    const halved = Object.values(message).some((value) => typeof value === "string" && !value.isWellFormed());
    if (halved) throw new SyntaxError("half a surrogate pair");
    const repeated = blank ? null : repeatedField(schema, text);
    if (repeated !== null) throw new SyntaxError(`duplicate field ${JSON.stringify(repeated)}`);
    return message;
  } catch (error) {
    throw malformed(error);
  }
}

function malformed(error: unknown): ConnectError {
  const reason = error instanceof Error ? error.message : "it cannot be read";
  return refuse({ code: Code.InvalidArgument, text: `proto: syntax error: ${reason}` });
}

interface Frame {
  /** Null: an array, or an object of no known message. */
  readonly schema: DescMessage | null;
  readonly isObject: boolean;
  readonly seen: Set<number>;
  /** A name is what comes next. */
  expectsName: boolean;
}

const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/** The first known field that an object of `text`, which is valid JSON, has twice. */
function repeatedField(schema: DescMessage, text: string): string | null {
  const stack: Frame[] = [];
  let next: DescMessage | null = schema;
  for (const [token] of text.matchAll(tokens)) {
    const frame = stack.at(-1);
    if (token === "{" || token === "[") {
      const isObject = token === "{";
      stack.push({ schema: isObject ? next : null, isObject, seen: new Set(), expectsName: isObject });
      next = null;
    } else if (token === "}" || token === "]") stack.pop();
    else if (token === ",") {
      if (frame !== undefined) frame.expectsName = frame.isObject;
      next = null;
    } else if (token !== ":" && frame?.expectsName === true) {
      frame.expectsName = false;
      const name = JSON.parse(token) as string;
      const field = frame.schema?.fields.find((one) => one.jsonName === name || one.name === name);
      if (field === undefined) continue;
      if (frame.seen.has(field.number)) return name;
      frame.seen.add(field.number);
      next = field.fieldKind === "message" ? field.message : null;
    }
  }
  return null;
}
