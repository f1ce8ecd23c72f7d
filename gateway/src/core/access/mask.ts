// Masking for the audit log: what a change looked like, without any secret in it. A value is masked by the name
// under which it stands, wherever it is nested; credentials inside URLs are cut out of any text.

const SECRET_NAME = /secret|token|passw(or)?d|passphrase|credentials?$|keys?$|hash$|sealed|authorization/i;
// `apiKeySid`, `clientId` …: names that hold an identifier, which may be seen
const IDENTIFIER_NAME = /(Sid|Id|Name|At|Type)$|_(sid|id|name|at|type)$/;
const URL_CREDENTIALS = /(:\/\/)[^/?#\s@]+@/g;

const MASKED = "[secret]";

/** A copy of `value` fit for the audit log. Null and empty secrets stay as they are: absence is no secret. */
export function maskSecrets(value: unknown, name = ""): unknown {
  if (value === null || value === undefined || value === "") return value ?? null;
  if (SECRET_NAME.test(name) && !IDENTIFIER_NAME.test(name)) return maskAll(value);
  if (typeof value === "string") return value.replace(URL_CREDENTIALS, `$1${MASKED}@`);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return MASKED;
  if (Array.isArray(value)) return value.map((item) => maskSecrets(item, name));
  if (typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, maskSecrets(inner, key)]));
}

// Under a secret's name everything is secret, except which parts there are.
function maskAll(value: unknown): unknown {
  if (value === null || typeof value !== "object" || value instanceof Uint8Array || Array.isArray(value)) return MASKED;
  return Object.fromEntries(Object.keys(value).map((key) => [key, MASKED]));
}
