// CUSTOM_PROVIDER: the caller's own requests, authentication and numbers as settings of an HTTP provider, and back. Secrets go
// in, and never come out.

import type { Provider } from "../../../core/providers/provider.ts";
import type { HttpSettings } from "../../../core/providers/settings.ts";
import type { ClientAuthentication } from "../../../services/providers/client-authentication.ts";
import { constraint, type ErrorDetail, required } from "../details.ts";
import { type SettingNumber, sendersFrom } from "./dialect.ts";
import { type AuthenticationWish, type CustomWish, isSecureEnough, type NumberWish } from "./schema.ts";

type Authentication = NonNullable<HttpSettings["authentication"]>;
type Secrets = Readonly<Record<string, string | null>>;

const secretNames = ["password", "authToken", "headerValue", "clientSecret", "assertion"] as const;
type SecretName = (typeof secretNames)[number];

function secretOf(wish: AuthenticationWish): SecretName | null {
  switch (wish.method) {
    case "NONE":
      return null;
    case "BASIC":
      return "password";
    case "BEARER":
      return "authToken";
    case "CUSTOM_HEADER":
      return "headerValue";
    case "OAUTH2":
      return wish.grantType === "JWT_BEARER" ? "assertion" : "clientSecret";
  }
}

const needsMethod = "must be one of BASIC, BEARER, CUSTOM_HEADER and OAUTH2";

function lacksAuthentication(before: Pick<Provider, "config"> | null): boolean {
  return before !== null && presentAuthentication(before.config["authentication"] as Authentication).method === "NONE";
}

/** What is missing: a secret that is not given stays only where the method does. */
export function authenticationProblems(
  wish: AuthenticationWish,
  before: Pick<Provider, "config" | "secretNames"> | null,
): ErrorDetail[] {
  const name = secretOf(wish);
  if (name === null) return lacksAuthentication(before) ? [] : [constraint("authentication.method", needsMethod)];
  const problems = isGiven(wish, name) || keepsSecret(wish, before) ? [] : [required(`authentication.${name}`)];
  if (wish.method === "OAUTH2" && wish.grantType === "CLIENT_CREDENTIALS" && wish.clientId === undefined) {
    problems.push(required("authentication.clientId"));
  }
  return problems;
}

function isGiven(wish: AuthenticationWish, name: SecretName): boolean {
  return (wish as Readonly<Record<string, unknown>>)[name] !== undefined;
}

function keepsSecret(wish: AuthenticationWish, before: Pick<Provider, "config" | "secretNames"> | null): boolean {
  const stored = before?.config["authentication"] as Authentication | undefined;
  const name = secretOf(wish);
  if (stored?.method !== wish.method || name === null || before?.secretNames.includes(name) !== true) return false;
  return wish.method !== "OAUTH2" || (stored.method === "OAUTH2" && stored.grantType === wish.grantType);
}

/** `found`: how the token endpoint wants the client to authenticate. */
export function authenticationConfig(
  wish: AuthenticationWish,
  found: ClientAuthentication | null,
  before?: Pick<Provider, "config">,
): Authentication | undefined {
  switch (wish.method) {
    case "NONE":
      return before?.config["authentication"] as Authentication | undefined;
    case "BASIC":
      return { method: wish.method, username: wish.username };
    case "BEARER":
      return { method: wish.method };
    case "CUSTOM_HEADER":
      return { method: wish.method, headerName: wish.headerName };
    case "OAUTH2": {
      const { method, grantType, authUrl, clientId, scopes } = wish;
      return {
        ...{ method, grantType, authUrl },
        ...(clientId === undefined ? {} : { clientId }),
        ...(scopes === undefined ? {} : { scopes }),
        ...(found === null ? {} : { clientAuthenticationMethod: found }),
      };
    }
  }
}

/** Those of another method end. */
export function authenticationSecrets(wish: AuthenticationWish): Secrets {
  const given = wish as Readonly<Record<string, unknown>>;
  const wanted = secretOf(wish);
  // Nothing is changed about it.
  if (wanted === null) return {};
  return Object.fromEntries(
    secretNames.flatMap((name): [string, string | null][] => {
      if (name !== wanted) return [[name, null]];
      const value = given[name];
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );
}

/** `before`: what another dialect has set up without https may be sent back as it was shown. */
export function urlProblems(wish: CustomWish["requests"], before: Pick<Provider, "config"> | null): ErrorDetail[] {
  const shown = before === null ? [] : presentRequests(before.config).map(({ url }) => url);
  return wish.flatMap(({ url }, index) =>
    isSecureEnough(url) || shown.includes(url) ? [] : [constraint(`requests[${index}].url`, "must be an https URL")],
  );
}

/** The caller's list, with what is implied written out. */
export function ownNumbers(wish: readonly NumberWish[]): SettingNumber[] {
  return wish.map(({ number, type, selected = false, available = false, capabilities, supportedCountries }) => ({
    ...{ number, type, selected, available },
    ...(capabilities === undefined ? {} : { capabilities }),
    ...(supportedCountries === undefined || supportedCountries.length === 0 ? {} : { supportedCountries }),
  }));
}

const selectedMax = 100;

export function numberProblems(wish: readonly NumberWish[] = []): ErrorDetail[] {
  const repeated = wish.flatMap(({ number }, index) =>
    wish.findIndex((other) => other.number === number) < index
      ? [constraint(`numbers[${index}].number`, "may be there only once")]
      : [],
  );
  const selected = wish.filter((one) => one.selected === true).length;
  if (selected <= selectedMax) return repeated;
  const message = `at most ${selectedMax} numbers may be selected`;
  return [
    ...repeated,
    { code: "SIZE_LIMIT_EXCEEDED", target: "numbers", message, innerError: { maximumValue: selectedMax } },
  ];
}

/** A server that is told no number knows by itself what to send from. */
export function ownSenders(numbers: readonly SettingNumber[]) {
  return sendersFrom(numbers, {});
}

export function requestsConfig(wish: CustomWish["requests"]): HttpSettings["requests"] {
  return wish.map(({ body, headers, beforeTag, afterTag, ...request }) => ({
    ...request,
    ...(body === undefined ? {} : { body }),
    ...(headers === undefined ? {} : { headers }),
    ...(beforeTag === undefined ? {} : { beforeTag }),
    ...(afterTag === undefined ? {} : { afterTag }),
  }));
}

function placeholder(name: string): string {
  return `\${${name}}`;
}

/** A webhook in a known form, which another dialect has made, shows as the request that it amounts to. */
export function presentRequests({ requests, endpoint, headers }: Partial<HttpSettings>) {
  if (requests !== undefined) {
    return requests.map((request) => ({ ...request, phoneNumberFormat: request.phoneNumberFormat ?? "FULL" }));
  }
  return [
    {
      ...{ deliveryMethod: "SMS", method: "POST", url: endpoint ?? "", phoneNumberFormat: "FULL" },
      body: JSON.stringify({ to: placeholder("to"), message: placeholder("message") }),
      headers: { ...headers, "content-type": "application/json" },
    },
  ];
}

export function presentAuthentication(authentication: HttpSettings["authentication"]) {
  return authentication ?? { method: "NONE" };
}
