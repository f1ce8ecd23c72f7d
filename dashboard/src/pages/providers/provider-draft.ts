// What the form of a provider holds, and the request that it becomes. Secrets that were left empty are not in a change: the
// stored ones stay.

import type { Provider } from "../../api/generated/api.d.ts";

export type Kind = Provider["kind"];

export interface Draft {
  readonly kind: Kind;
  readonly name: string;
  readonly baseUrl: string;
  readonly accountSid: string;
  readonly method: "token" | "key";
  readonly authToken: string;
  readonly apiKeySid: string;
  readonly apiKeySecret: string;
  readonly senderKind: "number" | "service" | "none";
  readonly fromNumber: string;
  readonly messagingServiceSid: string;
  readonly onUnknown: "fail" | "resend";
  readonly httpMethod: "GET" | "POST";
  readonly url: string;
  readonly headers: string;
  readonly body: string;
  readonly httpAuthentication: "NONE" | "BASIC" | "BEARER";
  readonly username: string;
  readonly password: string;
}

const emptyDraft: Draft = {
  kind: "twilio",
  name: "",
  baseUrl: "",
  accountSid: "",
  method: "token",
  authToken: "",
  apiKeySid: "",
  apiKeySecret: "",
  senderKind: "number",
  fromNumber: "",
  messagingServiceSid: "",
  onUnknown: "fail",
  httpMethod: "POST",
  url: "",
  headers: "content-type: application/json",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the gateway fills these in
  body: '{"to": "${to}", "from": "${from}", "text": "${message}"}',
  httpAuthentication: "NONE",
  username: "",
  password: "",
};

type Request = Readonly<Record<string, unknown>>;
type HttpRequest = { method?: string; url?: string; headers?: Record<string, string>; body?: string };

export function newDraft(): Draft {
  return emptyDraft;
}

export function draftOf({ kind, name, config }: Provider): Draft {
  const text = (key: string): string => (typeof config[key] === "string" ? config[key] : "");
  const [request] = (config["requests"] ?? []) as HttpRequest[];
  const authentication = (config["authentication"] ?? {}) as { method?: string; username?: string };
  const senderKind = text("messagingServiceSid") !== "" ? "service" : text("fromNumber") !== "" ? "number" : "none";
  return {
    ...emptyDraft,
    ...{ kind, name, senderKind, baseUrl: text("baseUrl"), accountSid: text("accountSid") },
    ...{ apiKeySid: text("apiKeySid"), method: text("apiKeySid") === "" ? "token" : "key" },
    ...{ fromNumber: text("fromNumber"), messagingServiceSid: text("messagingServiceSid") },
    onUnknown: text("onUnknown") === "resend" ? "resend" : "fail",
    httpMethod: request?.method === "GET" ? "GET" : "POST",
    url: request?.url ?? "",
    headers: Object.entries(request?.headers ?? {})
      .map(([header, value]) => `${header}: ${value}`)
      .join("\n"),
    body: request?.body ?? "",
    httpAuthentication:
      authentication.method === "BASIC" || authentication.method === "BEARER" ? authentication.method : "NONE",
    username: authentication.username ?? "",
  };
}

const requestKeys = new Set(["deliveryMethod", "method", "url", "headers", "body"]);

/** Can the form show all of an HTTP provider? Otherwise only its name and sender are edited. */
export function isSimple({ kind, config }: Provider): boolean {
  if (kind !== "http") return true;
  const requests = (config["requests"] ?? []) as Readonly<Record<string, unknown>>[];
  const known = requests.every(
    (one) => one["deliveryMethod"] === "SMS" && Object.keys(one).every((key) => requestKeys.has(key)),
  );
  const method = ((config["authentication"] ?? {}) as { method?: string }).method ?? "NONE";
  return (
    config["format"] === "template" && requests.length === 1 && known && ["NONE", "BASIC", "BEARER"].includes(method)
  );
}

/** Null: a line is no header. */
export function readHeaders(text: string): Record<string, string> | null {
  const headers: Record<string, string> = {};
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const [, name, value] = /^\s*([^\s:]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return null;
    headers[name] = value;
  }
  return headers;
}

/** The body of POST /providers, without what the form does not decide (account, chain, check). */
export function creationOf(draft: Draft): Request {
  const given = { kind: draft.kind, name: draft.name.trim(), ...settingsOf(draft) };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null && value !== undefined));
}

/** The body of PATCH: null takes a setting away; `whole` false: the name and the sender alone. */
export function changeOf(draft: Draft, whole: boolean): Request {
  const settings = whole ? settingsOf(draft) : senderOf(draft);
  const kept = Object.entries(settings).filter(([, value]) => value !== undefined);
  return { name: draft.name.trim(), ...Object.fromEntries(kept) };
}

/** Undefined: say nothing; null: there is none. */
function settingsOf(draft: Draft): Readonly<Record<string, unknown>> {
  if (draft.kind === "sandbox") return { fromNumber: orNull(draft.fromNumber) };
  if (draft.kind === "http") return { ...httpSettings(draft), ...senderOf(draft), onUnknown: draft.onUnknown };
  const withKey = draft.method === "key";
  return {
    baseUrl: orNull(draft.baseUrl),
    accountSid: draft.accountSid.trim(),
    authToken: orUndefined(draft.authToken),
    apiKeySid: withKey ? draft.apiKeySid.trim() : null,
    apiKeySecret: withKey ? orUndefined(draft.apiKeySecret) : null,
    ...senderOf(draft),
    onUnknown: draft.onUnknown,
  };
}

function senderOf({ kind, senderKind, fromNumber, messagingServiceSid }: Draft): Readonly<Record<string, unknown>> {
  const number = { fromNumber: senderKind === "number" ? orNull(fromNumber) : null };
  if (kind !== "twilio") return number;
  return { ...number, messagingServiceSid: senderKind === "service" ? orNull(messagingServiceSid) : null };
}

function httpSettings(draft: Draft): Readonly<Record<string, unknown>> {
  const { httpMethod: method, httpAuthentication } = draft;
  const headers = readHeaders(draft.headers) ?? {};
  const body = method === "POST" && draft.body !== "" ? { body: draft.body } : {};
  const authentication =
    httpAuthentication === "NONE"
      ? null
      : httpAuthentication === "BASIC"
        ? { method: "BASIC", username: draft.username.trim(), ...ifGiven("password", draft.password) }
        : { method: "BEARER", ...ifGiven("authToken", draft.password) };
  return {
    format: "template",
    requests: [{ deliveryMethod: "SMS", method, url: draft.url.trim(), headers, ...body }],
    authentication,
  };
}

const orNull = (text: string): string | null => (text.trim() === "" ? null : text.trim());
const orUndefined = (text: string): string | undefined => (text === "" ? undefined : text);
const ifGiven = (name: string, value: string): Record<string, string> => (value === "" ? {} : { [name]: value });
