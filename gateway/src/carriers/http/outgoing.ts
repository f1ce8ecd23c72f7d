// The request that a message becomes with a provider's settings: its template or its webhook's form, and the authentication
// that needs no question. A provider that cannot send says why, without a word of its secrets.

import assert from "node:assert";
import { X509Certificate } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import { findOneTimeCode } from "../../core/providers/one-time-code.ts";
import { type HttpSettings, httpSettings } from "../../core/providers/settings.ts";
import { headerBytes } from "../../core/providers/template/escape.ts";
import { headerNameProblem } from "../../core/providers/template/headers.ts";
import { type RequestTemplate, renderRequest, type TemplateValues } from "../../core/providers/template.ts";
import type { CarrierProvider, Handover } from "../carrier.ts";
import type { ExchangeRequest } from "./exchange.ts";
import { fusionAuthBody, zitadelBody, zitadelSignature } from "./webhook-formats.ts";

export type Outgoing = Omit<ExchangeRequest, "mayWrite">;

export interface Problem {
  readonly problem: string;
}

const defaultConnectTimeoutMs = 5_000;
const defaultReadTimeoutMs = 10_000;

/** A provider's settings, or why they cannot be used. Worked out once per provider object. */
export function createSettingsReader(): (provider: CarrierProvider) => HttpSettings | Problem {
  const known = new WeakMap<CarrierProvider, HttpSettings | Problem>();
  return (provider) => {
    const settings = known.get(provider) ?? readSettings(provider);
    known.set(provider, settings);
    return settings;
  };
}

function readSettings({ config }: CarrierProvider): HttpSettings | Problem {
  const parsed = httpSettings.safeParse(config);
  if (!parsed.success) return { problem: "the provider's settings are not those of its kind" };
  const { certificate } = parsed.data;
  if (certificate === undefined) return parsed.data;
  try {
    // one that cannot be read would let nobody through, and not say why
    new X509Certificate(certificate);
    return parsed.data;
  } catch (error) {
    assert(error instanceof Error);
    return { problem: "certificate must be a certificate in PEM form" };
  }
}

/** The request, or why there is none. An access token (OAUTH2) is still to be added. */
export function buildRequest(
  provider: CarrierProvider,
  settings: HttpSettings,
  handover: Handover,
  clock: Clock,
): Outgoing | Problem {
  if (settings.format === "syniverse") return { problem: "this gateway has no connection to Syniverse" };
  const request =
    settings.format === "template"
      ? fromTemplate(settings, handover)
      : toWebhook(provider, settings, handover, settings.format, clock);
  if ("problem" in request) return request;
  const authentication = authenticationOf(provider, settings);
  if ("problem" in authentication) return authentication;
  return {
    ...request,
    headers: mergeHeaders(request.headers, authentication.headers),
    connectTimeoutMs: settings.connectTimeoutMs ?? defaultConnectTimeoutMs,
    readTimeoutMs: settings.readTimeoutMs ?? defaultReadTimeoutMs,
    certificate: settings.certificate,
  };
}

/** The later ones go before the earlier ones, in whatever case the names are. */
export function mergeHeaders(...sources: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const merged = new Map<string, [string, string]>();
  for (const source of sources) {
    for (const [name, value] of Object.entries(source)) merged.set(name.toLowerCase(), [name, value]);
  }
  return Object.fromEntries(merged.values());
}

type Unauthenticated = Pick<Outgoing, "url" | "method" | "headers" | "body">;

const ownHeaders = { accept: "*/*", "user-agent": "Trunkline" };

function fromTemplate(settings: HttpSettings, handover: Handover): Unauthenticated | Problem {
  const template = settings.requests?.find(({ deliveryMethod }) => deliveryMethod === "SMS");
  if (template === undefined) return { problem: "the provider has no request for SMS" };
  const rendered = renderRequest(template, valuesOf(template, handover));
  if (rendered.kind === "problem") return { problem: `${rendered.field} ${rendered.reason}` };
  const { url, method, headers, body } = rendered;
  return { url, method, headers: mergeHeaders(ownHeaders, headers), body };
}

function valuesOf({ phoneNumberFormat }: RequestTemplate, handover: Handover): TemplateValues {
  const phone = (address: string) => (phoneNumberFormat === "NUMBER_ONLY" ? address.replace(/^\+/, "") : address);
  return {
    to: phone(handover.to),
    from: phone(handover.from),
    message: handover.body,
    otp: findOneTimeCode(handover.body) ?? "",
    // for servers that can tell a repetition by it
    messageSid: handover.messageSid,
  };
}

function toWebhook(
  provider: CarrierProvider,
  settings: HttpSettings,
  handover: Handover,
  format: "zitadel" | "fusionauth",
  clock: Clock,
): Unauthenticated | Problem {
  if (settings.endpoint === undefined) return { problem: "the provider has no endpoint" };
  const body = format === "zitadel" ? zitadelBody(provider, handover) : fusionAuthBody(handover);
  const { signingKey, headers: secretHeaders } = provider.secrets;
  const given = givenHeaders({
    ...settings.headers,
    ...(secretHeaders === undefined ? {} : parseHeaders(secretHeaders)),
  });
  if ("problem" in given) return given;
  const signature =
    format === "zitadel" && signingKey !== undefined
      ? { "ZITADEL-Signature": zitadelSignature(signingKey, Math.floor(clock.nowMs() / 1000), body) }
      : {};
  const headers = mergeHeaders(ownHeaders, given.headers, { "content-type": "application/json" }, signature);
  return { url: settings.endpoint, method: "POST", headers, body };
}

/** As they were sealed: by the store, from a record. */
function parseHeaders(json: string): Record<string, string> {
  return JSON.parse(json) as Record<string, string>;
}

type Headers = { readonly headers: Readonly<Record<string, string>> };

function givenHeaders(given: HttpSettings["headers"] = {}): Headers | Problem {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const bytes = headerBytes(value);
    const problem = headerNameProblem(name) ?? (bytes === null ? "must have no control characters" : null);
    if (problem !== null || bytes === null) return { problem: `headers.${name} ${problem}` };
    headers[name] = bytes;
  }
  return { headers };
}

function authenticationOf(provider: CarrierProvider, settings: HttpSettings): Headers | Problem {
  const { authentication } = settings;
  const { password, authToken, headerValue } = provider.secrets;
  switch (authentication?.method) {
    case undefined:
    case "NONE":
    case "OAUTH2":
      return { headers: {} };
    case "BASIC":
      return basic(authentication.username, password ?? "");
    case "BEARER":
      return secretHeader("authorization", authToken === undefined ? undefined : `Bearer ${authToken}`);
    case "CUSTOM_HEADER": {
      const { headerName } = authentication;
      const problem = headerNameProblem(headerName);
      if (problem !== null) return { problem: `authentication.headerName ${problem}` };
      return secretHeader(headerName, headerValue);
    }
  }
}

function basic(username: string, password: string): Headers {
  const credentials = Buffer.from(`${username}:${password}`).toString("base64");
  return { headers: { authorization: `Basic ${credentials}` } };
}

function secretHeader(name: string, value: string | undefined): Headers | Problem {
  const bytes = value === undefined ? null : headerBytes(value);
  if (bytes === null) return { problem: "the secret of the authentication is missing, or is not fit for a header" };
  return { headers: { [name]: bytes } };
}
