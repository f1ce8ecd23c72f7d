// Where a provider's upstream is and how to authenticate there, worked out once per provider object: it is the same for
// every message of a batch. Must never put a secret anywhere but into an Authorization header.

import { type TwilioSettings, twilioSecrets, twilioSettings } from "../../core/providers/settings.ts";
import type { CarrierProvider } from "../carrier.ts";

/** Twilio's products have hosts of their own; other servers have all of them on one. */
export type Product = "api" | "messaging" | "accounts" | "verify";

export interface Endpoint {
  readonly settings: TwilioSettings;
  /** Twilio itself: every product is there. */
  readonly isTwilio: boolean;
  readonly origins: Readonly<Record<Product, string>>;
  /** Before every path; without a slash at the end. */
  readonly prefix: string;
  /** `/2010-04-01/Accounts/AC…`, to be put after the prefix. */
  readonly accountPath: string;
  /** Authorization header with the API key when there is one, else with the auth token. */
  readonly authorization: string;
  /** With the auth token; null: only an API key is known. */
  readonly tokenAuthorization: string | null;
  /** For taking them out of what the upstream says. */
  readonly secrets: readonly string[];
  readonly warnings: readonly string[];
}

/** Where what is sent through it can be found again. */
export function upstreamOf({ origins, prefix, accountPath, settings: { verifyServiceSid = "" } }: Endpoint): string {
  return `${origins.api}${prefix}${accountPath} ${verifyServiceSid}`;
}

export type FoundEndpoint = Endpoint | { readonly problem: string };

/** Settings that cannot be used are a problem for the operator, never an exception. */
export function createEndpoints(defaultBaseUrl: string | null): (provider: CarrierProvider) => FoundEndpoint {
  const known = new WeakMap<CarrierProvider, FoundEndpoint>();
  return (provider) => {
    const found = known.get(provider) ?? endpointOf(provider, defaultBaseUrl);
    known.set(provider, found);
    return found;
  };
}

function endpointOf(provider: CarrierProvider, defaultBaseUrl: string | null): FoundEndpoint {
  const settings = twilioSettings.safeParse(provider.config);
  const secrets = twilioSecrets.safeParse(provider.secrets);
  if (!settings.success || !secrets.success) return { problem: "the provider's settings are not those of its kind" };
  const { accountSid, apiKeySid, baseUrl, mayLackAuthToken } = settings.data;
  const { authToken = mayLackAuthToken === true ? "" : undefined, apiKeySecret } = secrets.data;
  const base = baseOf(baseUrl ?? defaultBaseUrl);
  if (base === null) return { problem: "the base URL is not an http or https URL" };
  const tokenAuthorization = authToken === undefined ? null : basic(accountSid, authToken);
  const keyAuthorization =
    apiKeySid === undefined || apiKeySecret === undefined ? null : basic(apiKeySid, apiKeySecret);
  const authorization = keyAuthorization ?? tokenAuthorization;
  if (authorization === null) return { problem: "neither an auth token nor an API key with its secret is there" };
  return {
    settings: settings.data,
    ...base,
    accountPath: `/2010-04-01/Accounts/${encodeURIComponent(accountSid)}`,
    authorization,
    tokenAuthorization,
    secrets: [...Object.values(secrets.data), tokenAuthorization, keyAuthorization].flatMap(spellings),
  };
}

type Base = Pick<Endpoint, "isTwilio" | "origins" | "prefix" | "warnings">;

function baseOf(text: string | null): Base | null {
  if (text === null) return twilioAt("");
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return null;
  const { origin } = url;
  // People paste the address of the API's first version as well.
  const prefix = url.pathname.replace(/\/+$/, "").replace(/\/2010-04-01$/, "");
  const region = /^https:\/\/api((?:\.[a-z0-9-]+){0,2})\.twilio\.com$/.exec(origin)?.[1];
  if (region !== undefined && prefix === "") return twilioAt(region);
  const inTheClear = url.protocol === "http:" && !isLoopback(url.hostname);
  return {
    isTwilio: false,
    origins: { api: origin, messaging: origin, accounts: origin, verify: origin },
    prefix,
    warnings: inTheClear ? [`credentials and messages go to ${url.host} unencrypted: use https`] : [],
  };
}

/** `region`: nothing, or `.edge.region` of Twilio's regional hosts. */
function twilioAt(region: string): Base {
  const origin = (product: Product) => `https://${product}${region}.twilio.com`;
  return {
    isTwilio: true,
    origins: {
      api: origin("api"),
      messaging: origin("messaging"),
      accounts: origin("accounts"),
      verify: origin("verify"),
    },
    prefix: "",
    warnings: [],
  };
}

/** Also as it stands in a header. */
function spellings(secret: string | null | undefined): string[] {
  return secret == null ? [] : [secret.replace(/^Basic /, "")];
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
