// The bootstrap file, strictly checked. Every problem is told with its path in the file, what stands there and what belongs
// there; secrets are not shown. Reading it changes nothing.

import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { GatewayError, toError } from "../../core/errors.ts";
import { repeatedValues } from "./repeated-values.ts";
import { type Bootstrap, bootstrapSchema } from "./schema.ts";

const secretKeys: readonly PropertyKey[] = ["authToken", "secret", "key", "clientSecret", "password"];

/** Rejects with GatewayError `invalid-parameter` that lists everything wrong with the file. */
export async function readBootstrapFile(path: string): Promise<Bootstrap> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new GatewayError(
      "invalid-parameter",
      `TRUNKLINE_BOOTSTRAP: cannot read ${path} (${toError(cause).message}); takes the path of a readable file.`,
      { cause },
    );
  }
  return parseBootstrap(text, path);
}

/** `source` names the text in errors. */
export function parseBootstrap(text: string, source: string): Bootstrap {
  const json = parseJson(text, source);
  const result = bootstrapSchema.safeParse(json);
  const problems = result.success
    ? repeatedValues(result.data)
    : result.error.issues.flatMap((one) => describe(one, json));
  if (result.success && problems.length === 0) return result.data;
  throw new GatewayError(
    "invalid-parameter",
    `The bootstrap file ${source} is wrong:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`,
  );
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The parser's own message quotes the text, which may hold a secret: only the place or the one character passes.
    const { message } = toError(cause);
    const place = /position \d+( \(line \d+ column \d+\))?/.exec(message)?.[0];
    const character = /^Unexpected token '(.+?)',/u.exec(message)?.[1];
    const what = place === undefined ? `unexpected ${character ?? "end"}` : `mistake at ${place}`;
    throw new GatewayError("invalid-parameter", `The bootstrap file ${source} is not JSON: ${what}.`);
  }
}

function describe(issue: z.core.$ZodIssue, json: unknown): string[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `${pathText([...issue.path, key])}: there is no such key`);
  }
  const value = issue.path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
    json,
  );
  return [`${pathText(issue.path)}: ${gotText(value, issue.path.at(-1))}; takes ${takesText(issue)}`];
}

function takesText(issue: z.core.$ZodIssue): string {
  return issue.code === "invalid_type" && issue.expected === "array" ? "a list" : issue.message;
}

function gotText(value: unknown, key: PropertyKey | undefined): string {
  if (value === undefined) return "missing";
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "got a list" : "got an object";
  if (key !== undefined && secretKeys.includes(key)) return `got ${String(value).length} characters (not shown)`;
  const shown = JSON.stringify(value);
  return `got ${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}`;
}

function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  return text === "" ? "the file" : text.replace(/^\./, "");
}
