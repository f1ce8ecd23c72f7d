// The bootstrap file: its form, strictly checked. Every problem is told with its path in the file, what stands there and
// what belongs there; secrets are not shown. Reading it changes nothing.

import { readFile } from "node:fs/promises";
import { z } from "zod";
import { GatewayError, toError } from "../../core/errors.ts";
import { type AccountSid, canonicalSid, isSid, type Uuid } from "../../core/ids.ts";
import { repeatedValues } from "./repeated-values.ts";

const roles = ["owner", "operator", "sender", "viewer"] as const;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const secretKeys: readonly PropertyKey[] = ["authToken", "secret", "key", "clientSecret", "password"];

const matching = (pattern: RegExp, takes: string) => z.string(takes).regex(pattern, takes);
const name = matching(/^(?=.*\S)[^\0]{1,64}$/u, "1 to 64 characters");
const secret = matching(/^[\x21-\x7e]{8,256}$/, "8 to 256 visible ASCII characters without spaces");
const role = z.enum(roles, { error: `one of ${roles.join(", ")}` });
const uuid = matching(UUID, "a UUID").transform((text) => text.toLowerCase() as Uuid);

function sid<S extends string>(prefix: "AC" | "SK") {
  const takes = `${prefix} and 32 hex digits`;
  return z
    .string(takes)
    .refine((text) => isSid(text, prefix), takes)
    .transform((text) => canonicalSid<S>(text));
}

const account = z.strictObject(
  {
    sid: sid<AccountSid>("AC").optional(),
    friendlyName: name.optional(),
    authToken: matching(/^[0-9a-fA-F]{32}$/, "32 hex digits").optional(),
    environmentId: uuid.optional(),
    tenantId: uuid.optional(),
    resourceOwner: matching(/^\d{18}$/, "18 digits").optional(),
    phoneNumbers: z
      .array(matching(/^\+[1-9]\d{6,14}$/, "a phone number in E.164 form: + and 7 to 15 digits"))
      .default([]),
    apiKeys: z
      .array(z.strictObject({ sid: sid("SK"), secret, friendlyName: name.optional() }, "an API key"))
      .default([]),
    accessKeys: z.array(z.strictObject({ key: secret, name, role }, "an access key")).default([]),
    clients: z
      .array(
        z.strictObject(
          {
            clientId: matching(/^[\x21-\x39\x3b-\x7e]{1,128}$/, "1 to 128 visible ASCII characters without colons"),
            clientSecret: secret,
            name,
            role,
          },
          "an OAuth client",
        ),
      )
      .default([]),
  },
  "an account",
);

const admin = z.strictObject(
  {
    email: matching(/^[^@\s]{1,64}@[^@\s]{1,255}$/, "an e-mail address"),
    password: z.string("a password").min(8, "at least 8 characters").max(1024, "at most 1024 characters"),
  },
  "an administrator",
);

const bootstrapSchema = z.strictObject(
  { accounts: z.array(account).default([]), admins: z.array(admin).default([]) },
  'an object such as {"accounts": […], "admins": […]}',
);

export type Bootstrap = z.output<typeof bootstrapSchema>;
export type BootstrapAccount = Bootstrap["accounts"][number];

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
