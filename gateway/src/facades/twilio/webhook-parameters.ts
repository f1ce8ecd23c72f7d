// Parameters that v2010's numbers, short codes and applications share. An absent parameter is undefined; a wrong one throws
// a GatewayError with its name.

import { apiVersions } from "../../core/senders/number-settings.ts";
import { type Form, first } from "./form.ts";
import type { EchoedFilters } from "./paging.ts";
import { given, invalid, readBoolean, readChoice, readUrl } from "./products/parameters.ts";

export function readMethod(form: Form, name: string): "GET" | "POST" | undefined {
  return readChoice(form, name, ["GET", "POST"]);
}

export function readApiVersion(form: Form): (typeof apiVersions)[number] | undefined {
  return readChoice(form, "ApiVersion", apiVersions);
}

/** A SID with this prefix, canonical; empty: null, which clears what is stored. */
export function readSid(form: Form, name: string, prefix: string): string | null | undefined {
  const sid = first(form, name);
  if (!sid) return sid === undefined ? undefined : null;
  if (sid.startsWith(prefix) && /^[A-Z]{2}[0-9a-fA-F]{32}$/.test(sid)) return prefix + sid.slice(2).toLowerCase();
  throw invalid(name, `${prefix} and 32 hex digits`);
}

/** As readUrl, but cleared is the empty text. */
export function readUrlOrEmpty(form: Form, name: string): string | undefined {
  const url = readUrl(form, name);
  return url === null ? "" : url;
}

/** Where calls would go. Nobody here makes any; who configures them finds them as they left them. */
export function readVoiceSettings(form: Form) {
  return {
    ...given("statusCallbackMethod", readMethod(form, "StatusCallbackMethod")),
    ...given("voiceUrl", readUrl(form, "VoiceUrl")),
    ...given("voiceMethod", readMethod(form, "VoiceMethod")),
    ...given("voiceFallbackUrl", readUrl(form, "VoiceFallbackUrl")),
    ...given("voiceFallbackMethod", readMethod(form, "VoiceFallbackMethod")),
    ...given("voiceCallerIdLookup", readBoolean(form, "VoiceCallerIdLookup")),
  };
}

/** The filters of a list that were given, by name, and how they are echoed. An empty one is none. */
export function readFilters<Name extends string>(query: Form, names: readonly Name[]) {
  const echoed = names.flatMap((name): EchoedFilters => {
    const value = first(query, name);
    return value ? [[name, value]] : [];
  });
  return { filters: Object.fromEntries(echoed) as Partial<Record<Name, string>>, echoed };
}
