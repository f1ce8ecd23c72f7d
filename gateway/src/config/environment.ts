// Every environment variable of the gateway, with its default, its form and what it is for: the one place they are
// defined. docs/configuration.md is made from it. A change here needs `npm run generate`.

import { z } from "zod";
import { isCountry } from "../core/addresses/phone-number.ts";
import { MASTER_KEY_FORM, parseMasterKeys } from "../core/credentials/master-key.ts";
import { retentionDaysMax } from "../core/retention/limits.ts";
import { readBaseUrl, readCidrs, readHost, readList, readOrigin, wholeNumber } from "./read-values.ts";
import { optionalSetting, setting } from "./setting.ts";

export const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

export interface Roles {
  readonly api: boolean;
  readonly dispatch: boolean;
}

const path = (text: string) => (text.includes("\0") ? undefined : text);

function readRoles(text: string): Roles | undefined {
  const names = readList(text);
  if (names.length === 0 || names.some((name) => !["all", "api", "dispatch"].includes(name))) return undefined;
  const has = (name: string) => names.includes("all") || names.includes(name);
  return { api: has("api"), dispatch: has("dispatch") };
}

const listener = {
  TRUNKLINE_HOST: setting({
    about:
      "The address to listen on. Use `0.0.0.0` or `::` to be reached from other machines. While it is a loopback address, callbacks to loopback addresses are allowed.",
    takes: "an IP address or a host name",
    fallback: "127.0.0.1",
    parse: readHost,
  }),
  TRUNKLINE_PORT: setting({
    about: "The one port of the API, the dashboard and the health checks. 0 picks a free one.",
    takes: "a whole number from 0 to 65535",
    fallback: "8770",
    parse: wholeNumber(0, 65535),
  }),
  TRUNKLINE_PUBLIC_URL: optionalSetting({
    about:
      "The URL under which others reach the gateway, when that is not what they put into the Host header. Links in answers and the signatures of webhooks that come in are made with it.",
    takes: "an http or https URL without query, fragment or credentials",
    unset: "taken from each request",
    parse: readBaseUrl,
  }),
  TRUNKLINE_TLS_CERT_FILE: optionalSetting({
    about:
      "The certificate to serve TLS with, followed by its chain. The port takes nothing but TLS then, HTTP/1.1 and HTTP/2. A file that changes is read again within a minute. Needs TRUNKLINE_TLS_KEY_FILE.",
    takes: "the path of a PEM file",
    unset: "no TLS; put a proxy with TLS in front of what others than this machine reach",
    parse: path,
  }),
  TRUNKLINE_TLS_KEY_FILE: optionalSetting({
    about: "The private key of the certificate.",
    takes: "the path of a PEM file, without a passphrase",
    unset: "see TRUNKLINE_TLS_CERT_FILE",
    parse: path,
  }),
  TRUNKLINE_TRUSTED_PROXIES: optionalSetting({
    about:
      "Networks of reverse proxies whose `X-Forwarded-For`, `-Host` and `-Proto` are believed. Without it the address of the connection counts, for rate limits of failed authentications too.",
    takes: "networks as CIDR, separated by commas, such as 10.0.0.0/8,fd00::/8",
    unset: "none",
    parse: readCidrs,
  }),
};

const dialects = {
  TRUNKLINE_FUSIONAUTH_TENANTS: setting({
    about:
      "What FusionAuth's `X-FusionAuth-TenantId` header and keys of a tenant mean at the endpoints of messengers and keys, which belong to no tenant. `lenient` ignores them, as FusionAuth did until 2026; `strict` answers 401, as it does since.",
    takes: "lenient or strict",
    fallback: "lenient",
    parse: (text) => (["lenient", "strict"] as const).find((mode) => mode === text.toLowerCase()),
  }),
};

const storage = {
  TRUNKLINE_DATA_DIR: setting({
    about:
      "Where the embedded database, the master key and `credentials.json` are kept. A relative path starts at the working directory.",
    takes: "a path",
    fallback: ".trunkline",
    parse: path,
  }),
  DATABASE_URL: optionalSetting({
    about: "A PostgreSQL of your own, version 15 or newer. Several gateway processes may share it.",
    takes: "a URL that begins with postgres:// or postgresql://",
    unset: "an embedded PostgreSQL in the data directory",
    secret: true,
    parse: (text) => (/^postgres(ql)?:\/\/\S+$/.test(text) ? text : undefined),
  }),
  TRUNKLINE_DATABASE_POOL: setting({
    about:
      "The most connections to the database for messages on their way, and as many again for everything else. Lists of messages have four of their own.",
    takes: "a whole number from 2 to 500",
    fallback: "10",
    parse: wholeNumber(2, 500),
  }),
};

const secrets = {
  TRUNKLINE_MASTER_KEY: optionalSetting({
    about:
      "The key under which stored secrets are sealed. To change it, put the new key first and keep the old one behind it. Not together with TRUNKLINE_MASTER_KEY_FILE.",
    takes: MASTER_KEY_FORM,
    unset: "made on the first start, as `master.key` in the data directory",
    secret: true,
    parse: (text) => parseMasterKeys(text) ?? undefined,
  }),
  TRUNKLINE_MASTER_KEY_FILE: optionalSetting({
    about: "A file that holds the master key, in the same form; lines count as commas.",
    takes: "the path of a readable file",
    unset: "see TRUNKLINE_MASTER_KEY",
    parse: path,
  }),
  TRUNKLINE_BOOTSTRAP: optionalSetting({
    about:
      "A JSON file with accounts, keys and administrators, applied at every start: what is missing is made, nothing is overwritten.",
    takes: "the path of a readable file",
    unset: "the first start makes an account with random secrets and keeps them in `credentials.json`",
    parse: path,
  }),
};

const sending = {
  TRUNKLINE_ROLES: setting({
    about:
      "What this process does: `api` answers requests, `dispatch` sends messages and callbacks. Processes with different roles share one database.",
    takes: "all, api or dispatch, or several separated by commas",
    fallback: "all",
    parse: readRoles,
  }),
  TRUNKLINE_TWILIO_BASE_URL: optionalSetting({
    about: "One origin for all of Twilio's products, for providers of kind `twilio` that name no URL of their own.",
    takes: "an http or https URL without a path",
    unset: "Twilio's own hosts",
    parse: readOrigin,
  }),
  TRUNKLINE_EGRESS_ALLOW: optionalSetting({
    about:
      "Private networks that callbacks and providers may reach. All private, loopback and link-local addresses are refused otherwise.",
    takes: "networks as CIDR, separated by commas, such as 10.1.0.0/16,192.168.7.4/32",
    unset: "none (loopback, while TRUNKLINE_HOST is a loopback address)",
    parse: readCidrs,
  }),
  TRUNKLINE_DEFAULT_REGION: optionalSetting({
    about:
      "The country of numbers that come without one (`303-555-1212`). It then counts for every caller. Unset, such numbers are refused, except from identity platforms, which are not asked for E.164: theirs are American.",
    takes: "a country code of two letters, such as US or CH",
    unset: "US for FusionAuth's messengers, none for others",
    parse: (text) => (isCountry(text.toUpperCase()) ? text.toUpperCase() : undefined),
  }),
  TRUNKLINE_CALLBACK_CONCURRENCY: setting({
    about: "The most callbacks that this process has under way at once.",
    takes: "a whole number from 1 to 1000",
    fallback: "64",
    parse: wholeNumber(1, 1000),
  }),
  TRUNKLINE_SANDBOX_DELIVERY_MS: setting({
    about: "How long the sandbox carrier takes from sent to delivered, in milliseconds.",
    takes: "a whole number from 0 to 86400000",
    fallback: "500",
    parse: wholeNumber(0, 86_400_000),
  }),
};

const days = (about: string) =>
  optionalSetting({
    about,
    takes: `a whole number from 1 to ${retentionDaysMax}`,
    unset: "for ever",
    parse: wholeNumber(1, retentionDaysMax),
  });

const retention = {
  TRUNKLINE_RETENTION_MESSAGE_DAYS: days(
    "How many days messages are kept, with everything that belongs to them. An account's own setting comes first. Messages that are still to be sent are never dropped.",
  ),
  TRUNKLINE_RETENTION_BODY_DAYS: days(
    "How many days the texts and media of messages are kept, if not as long as the messages. An account's own setting comes first.",
  ),
  TRUNKLINE_RETENTION_EVENT_DAYS: days(
    "How many days the events of messages and their callbacks are kept, if not as long as the messages. An account's own setting comes first.",
  ),
  TRUNKLINE_RETENTION_CALLBACK_DAYS: setting({
    about: "How many days callbacks are kept after they are through; until then they can be replayed.",
    takes: `a whole number from 1 to ${retentionDaysMax}`,
    fallback: "30",
    parse: wholeNumber(1, retentionDaysMax),
  }),
  TRUNKLINE_RETENTION_SANDBOX_DAYS: setting({
    about: "How many days the sandbox remembers what its handsets received and sent.",
    takes: `a whole number from 1 to ${retentionDaysMax}`,
    fallback: "30",
    parse: wholeNumber(1, retentionDaysMax),
  }),
};

const observation = {
  TRUNKLINE_LOG_LEVEL: setting({
    about: "The least severe lines that are logged.",
    takes: logLevels.join(", "),
    fallback: "info",
    parse: (text) => logLevels.find((level) => level === text.toLowerCase()),
  }),
};

/** The sections of the reference page, in their order. */
export const environmentSections = {
  Listening: listener,
  Storage: storage,
  "Secrets and accounts": secrets,
  Sending: sending,
  "APIs of identity platforms": dialects,
  Retention: retention,
  Logging: observation,
} as const;

export const environmentSchema = z.object({
  ...listener,
  ...storage,
  ...secrets,
  ...sending,
  ...dialects,
  ...retention,
  ...observation,
});

export type Environment = z.output<typeof environmentSchema>;
export type EnvironmentName = keyof Environment;
