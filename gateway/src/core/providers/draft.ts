// Checks what a provider is to be saved with, and spells it as it is stored. Knows the settings of every kind.

import { z } from "zod";
import { parseSender } from "../addresses/sender.ts";
import { isStorable } from "../storable-text.ts";
import type { ProviderKind } from "./provider.ts";
import {
  type HttpSettings,
  httpSecrets,
  httpSettings,
  isServerUrl,
  sandboxSettings,
  twilioSecrets,
  twilioSettings,
} from "./settings.ts";
import { checkTemplate } from "./template.ts";

export interface DraftProblem {
  /** Dotted path within `config` or `secrets`; `name`. */
  readonly field: string;
  readonly message: string;
}

export interface CheckedDraft {
  readonly config: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
}

export interface Draft extends CheckedDraft {
  readonly kind: ProviderKind;
  readonly name: string;
}

const nameLengthMax = 200;

/** The draft as it is to be stored, or everything that is wrong with it. */
export function checkDraft(draft: Draft): CheckedDraft | { readonly problems: readonly DraftProblem[] } {
  const problems: DraftProblem[] = [];
  if (draft.name === "" || [...draft.name].length > nameLengthMax || !isStorable(draft.name)) {
    problems.push({ field: "name", message: `must be 1 to ${nameLengthMax} characters of well-formed text` });
  }
  for (const field of unstorable({ ...draft.config, ...draft.secrets })) {
    problems.push({ field, message: "must not contain U+0000 or half a surrogate pair" });
  }
  const config = parsed(settingsOf[draft.kind], draft.config, problems);
  const secrets = parsed(secretsOf[draft.kind], draft.secrets, problems);
  problems.push(...missingSecrets(draft));
  if (draft.kind === "http" && config !== null) problems.push(...requestProblems(config as HttpSettings));
  if (problems.length > 0 || config === null || secrets === null) return { problems };
  return { config: withoutUndefined(normalised(config)), secrets: withoutUndefined(secrets) as Record<string, string> };
}

const settingsOf = { sandbox: sandboxSettings, twilio: twilioSettings, http: httpSettings } as const;
const secretsOf = { sandbox: z.strictObject({}), twilio: twilioSecrets, http: httpSecrets } as const;

function parsed(schema: z.ZodType, value: unknown, problems: DraftProblem[]): Record<string, unknown> | null {
  const result = schema.safeParse(value);
  if (result.success) return result.data as Record<string, unknown>;
  for (const issue of result.error.issues) {
    const unknown = issue.code === "unrecognized_keys" ? issue.keys : [undefined];
    for (const key of unknown) {
      const field = [...issue.path, ...(key === undefined ? [] : [key])].join(".");
      problems.push({
        field,
        message: key === undefined ? issue.message : "is not a setting of this kind of provider",
      });
    }
  }
  return null;
}

/** Which secrets a configuration needs: without them the provider could never send. */
function missingSecrets({ kind, config, secrets }: Draft): DraftProblem[] {
  const needed = kind === "twilio" ? twilioNeeds(config) : kind === "http" ? httpNeeds(config) : null;
  if (needed === null || secrets[needed] !== undefined) return [];
  return [{ field: needed, message: "is needed" }];
}

/** A template that could not be sent, and formats without somewhere to send to. */
function requestProblems({ format, requests = [], endpoint }: HttpSettings): DraftProblem[] {
  if (format === "syniverse") return [];
  if (format !== "template") {
    if (endpoint === undefined) return [{ field: "endpoint", message: "is needed" }];
    const usable = format === "zitadel" || isServerUrl(endpoint);
    return usable ? [] : [{ field: "endpoint", message: "must be an http or https URL" }];
  }
  if (requests.length === 0) return [{ field: "requests", message: "at least one request is needed" }];
  const methods = requests.map((request) => request.deliveryMethod);
  const repeated = methods.some((method, index) => methods.indexOf(method) !== index);
  const problems = checkTemplate(requests).map(({ field, reason }) => ({ field, message: reason }));
  return repeated
    ? [...problems, { field: "requests", message: "at most one request of each delivery method" }]
    : problems;
}

function twilioNeeds(config: Draft["config"]): string | null {
  if (config["apiKeySid"] !== undefined) return "apiKeySecret";
  return config["mayLackAuthToken"] === true ? null : "authToken";
}

function httpNeeds({ authentication }: Draft["config"]): string | null {
  if (typeof authentication !== "object" || authentication === null || !("method" in authentication)) return null;
  const grant = "grantType" in authentication ? authentication.grantType : undefined;
  const byMethod: Readonly<Record<string, string>> = {
    BASIC: "password",
    BEARER: "authToken",
    CUSTOM_HEADER: "headerValue",
    OAUTH2: grant === "JWT_BEARER" ? "assertion" : "clientSecret",
  };
  return byMethod[String(authentication.method)] ?? null;
}

function normalised(config: Record<string, unknown>): Record<string, unknown> {
  const { fromNumber } = config;
  if (typeof fromNumber !== "string") return config;
  return { ...config, fromNumber: parseSender(fromNumber)?.address ?? fromNumber };
}

function withoutUndefined(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

/** The fields, at any depth, that hold text which the database cannot keep. */
function unstorable(value: unknown, path: readonly string[] = []): string[] {
  if (typeof value === "string") return isStorable(value) ? [] : [path.join(".")];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    isStorable(key) ? unstorable(inner, [...path, key]) : [path.join(".")],
  );
}
