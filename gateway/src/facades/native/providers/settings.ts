// From the flat bodies of the native API to the parts of a provider that are stored apart: its settings and its secrets.

import type { z } from "zod";
import type { ProviderChange } from "../../../services/providers.ts";
import type { newProvider, providerChange } from "./schema.ts";

const topLevelSecrets: readonly string[] = ["authToken", "apiKeySecret", "signingKey"];
const authenticationSecrets: readonly string[] = ["password", "authToken", "headerValue", "clientSecret", "assertion"];

interface Parts {
  readonly config: Record<string, unknown>;
  readonly secrets: Record<string, string | null>;
}

/** Settings and secrets of a body without what is not a setting. */
function splitSettings(settings: Readonly<Record<string, unknown>>): Parts {
  const { authentication, ...rest } = settings;
  const parts: Parts = { config: {}, secrets: {} };
  for (const [name, value] of Object.entries(rest)) place(parts, topLevelSecrets, parts.config, name, value);
  if (authentication === null) parts.config["authentication"] = null;
  if (typeof authentication === "object" && authentication !== null) {
    const inner: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(authentication)) place(parts, authenticationSecrets, inner, name, value);
    parts.config["authentication"] = inner;
  }
  return parts;
}

function place(
  parts: Parts,
  secretNames: readonly string[],
  config: Record<string, unknown>,
  name: string,
  value: unknown,
): void {
  if (value === undefined) return;
  if (secretNames.includes(name)) parts.secrets[name] = value === null ? null : String(value);
  else config[name] = value;
}

export function draftOf(body: z.output<typeof newProvider>) {
  const { account: _account, check: _check, chain: _chain, kind, name, ...settings } = body;
  const { config, secrets } = splitSettings(settings);
  return { kind, name, config, secrets: secrets as Record<string, string> };
}

/** What is absent stays, null removes. */
export function changeOf(
  before: Readonly<Record<string, unknown>>,
  { name, check: _check, ...settings }: z.output<typeof providerChange>,
): ProviderChange {
  const { config, secrets } = splitSettings(settings);
  const merged = Object.entries({ ...before, ...config }).filter(([, value]) => value !== null);
  return { ...(name === undefined ? {} : { name }), config: Object.fromEntries(merged), secrets };
}
