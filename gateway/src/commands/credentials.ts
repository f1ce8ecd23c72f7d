// Whose account a command acts for and where the gateway is: flags before environment before the credentials file that
// the gateway left in its data directory. Secrets from here go into a header and nowhere else.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { canonicalSid, isSid } from "../core/ids.ts";
import { exitCodes, failure } from "./failure.ts";

export interface CredentialFlags {
  readonly url?: string;
  readonly account?: string;
  readonly token?: string;
}

export interface Credentials {
  /** Without a slash at the end. */
  readonly url: string;
  readonly accountSid: string;
  readonly secret: Secret;
  /** The value of the Authorization header. */
  readonly authorization: string;
  /** The account's own numbers, as far as known here. */
  readonly phoneNumbers: readonly string[];
}

export type Secret = { readonly authToken: string } | { readonly accessKey: string };

interface CredentialsFile {
  readonly url?: string;
  readonly accountSid?: string;
  readonly authToken?: string;
  readonly accessKey?: string;
  readonly phoneNumbers: readonly string[];
}

/** Everything a command needs to call the gateway; a usage failure that says what is missing and how to give it. */
export function readCredentials(flags: CredentialFlags, env: NodeJS.ProcessEnv): Credentials {
  const path = join(resolve(env["TRUNKLINE_DATA_DIR"] || ".trunkline"), "credentials.json");
  const file = readCredentialsFile(path);
  const accountSid = flags.account ?? (env["TRUNKLINE_ACCOUNT_SID"] || undefined) ?? file?.accountSid;
  if (accountSid === undefined) throw missing("an account", path);
  if (!isSid(accountSid, "AC")) {
    throw failure(exitCodes.usage, `"${accountSid}" is not an account SID: AC and 32 hex digits.`);
  }
  // A secret is sent only for the account that it belongs to.
  const own = file !== null && file.accountSid?.toLowerCase() === accountSid.toLowerCase() ? file : null;
  const token = flags.token ?? (env["TRUNKLINE_AUTH_TOKEN"] || undefined) ?? own?.authToken;
  const secret = secretOf(token, own?.accessKey);
  if (secret === null) throw missing(`the auth token of ${accountSid}`, path);
  const url =
    flags.url ??
    (env["TRUNKLINE_URL"] || undefined) ??
    file?.url ??
    `http://127.0.0.1:${env["TRUNKLINE_PORT"] || "8770"}`;
  return {
    url: checkedUrl(url),
    accountSid: canonicalSid(accountSid),
    secret,
    authorization: authorizationOf(accountSid, secret),
    phoneNumbers: own?.phoneNumbers ?? [],
  };
}

function secretOf(authToken: string | undefined, accessKey: string | undefined): Secret | null {
  if (authToken !== undefined) return { authToken };
  return accessKey === undefined ? null : { accessKey };
}

function authorizationOf(accountSid: string, secret: Secret): string {
  if ("accessKey" in secret) return `Bearer ${secret.accessKey}`;
  return `Basic ${Buffer.from(`${accountSid}:${secret.authToken}`).toString("base64")}`;
}

function checkedUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.username !== "") {
    throw failure(exitCodes.usage, `"${text}" is not the URL of a gateway. Example: http://127.0.0.1:8770`);
  }
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

function missing(what: string, path: string): Error {
  return failure(
    exitCodes.usage,
    `No credentials: ${what} is not known.\n` +
      "Give --account and --token, or set TRUNKLINE_ACCOUNT_SID and TRUNKLINE_AUTH_TOKEN, or run this where the gateway's\n" +
      `data directory is (looked for ${path}; TRUNKLINE_DATA_DIR names another).`,
  );
}

function readCredentialsFile(path: string): CredentialsFile | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "EACCES") {
      throw failure(
        exitCodes.usage,
        `${path} may be read by its owner only. Run this as that user, or give --account and --token.`,
      );
    }
    return null;
  }
  return parseCredentialsFile(text, path);
}

function parseCredentialsFile(text: string, path: string): CredentialsFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw failure(exitCodes.usage, `${path} is not JSON. Give --account and --token instead.`);
  }
  const fields = (typeof value === "object" && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  const numbers = fields["phoneNumbers"];
  return {
    ...textField(fields, "url"),
    ...textField(fields, "accountSid"),
    ...textField(fields, "authToken"),
    ...textField(fields, "accessKey"),
    phoneNumbers: Array.isArray(numbers) ? numbers.filter((number) => typeof number === "string") : [],
  };
}

function textField<Name extends string>(
  fields: Readonly<Record<string, unknown>>,
  name: Name,
): { [Key in Name]?: string } {
  const value = fields[name];
  const found: { [Key in Name]?: string } = {};
  if (typeof value === "string" && value !== "") found[name] = value;
  return found;
}
