// What comes in for API keys: `{"apiKey": …}`, with every wrong type told at once, then every wrong value.

import { isStorable } from "../../../core/storable-text.ts";
import { endpointLimits } from "../../../services/endpoint-keys.ts";
import { type Errors, invalidJson, refuse } from "../errors.ts";
import { type Fields, instants, invalid, isBlank, readFields, required, tooLong } from "../fields.ts";
import { isJsonObject, type Json, type JsonObject } from "../json/parse.ts";

export interface ApiKeyRequest {
  readonly key: string | undefined;
  readonly name: string | undefined;
  readonly retrievable: boolean | undefined;
  readonly tenantId: string | undefined;
  /** Milliseconds since the epoch. */
  readonly expirationInstant: number | undefined;
  readonly endpoints: Readonly<Record<string, readonly string[]>>;
  readonly permissionsGiven: boolean;
  /** Kept and given back. */
  readonly metaData: JsonObject | undefined;
  readonly ipAccessControlListId: string | undefined;
}

const known = [
  ...["expirationInstant", "id", "insertInstant", "ipAccessControlListId", "key", "keyManager", "lastUpdateInstant"],
  ...["metaData", "name", "permissions", "retrievable", "tenantId"],
];
const methods: readonly string[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const longest = { key: 255, name: 191, metaDataCharacters: 65_536 };

/** Throws the 400 with all that cannot be converted. */
export function readApiKey(request: JsonObject): ApiKeyRequest {
  const given = request["apiKey"] ?? {};
  if (!isJsonObject(given)) {
    throw refuse(invalidJson("apiKey", "Possible conversion error", "expected an object", "apiKey"));
  }
  const fields = readFields(given, "apiKey", known);
  for (const name of ["insertInstant", "lastUpdateInstant"]) fields.integer(name, instants);
  fields.uuid("id");
  fields.flag("keyManager");
  const permissions = fields.object("permissions");
  const key: ApiKeyRequest = {
    key: fields.text("key"),
    name: fields.text("name"),
    retrievable: fields.flag("retrievable"),
    tenantId: fields.uuid("tenantId"),
    expirationInstant: fields.integer("expirationInstant", instants),
    endpoints: readEndpoints(fields, permissions),
    permissionsGiven: permissions !== undefined,
    metaData: fields.object("metaData"),
    ipAccessControlListId: fields.uuid("ipAccessControlListId"),
  };
  if (fields.errors.length > 0) throw refuse(...fields.errors);
  return key;
}

function readEndpoints(fields: Fields, permissions: JsonObject | undefined): Record<string, readonly string[]> {
  const endpoints = permissions?.["endpoints"] ?? {};
  if (!isJsonObject(endpoints)) {
    fields.refuse("permissions", "endpoints: expected an object");
    return {};
  }
  const entries = Object.entries(endpoints).filter(([, given]) => given !== null);
  return Object.fromEntries(entries.map(([endpoint, given]) => [endpoint, readMethods(fields, endpoint, given)]));
}

function readMethods(fields: Fields, endpoint: string, given: Json): readonly string[] {
  const isListOfTexts = Array.isArray(given) && given.every((one: Json) => typeof one === "string");
  if (!isListOfTexts) fields.refuse("permissions", `endpoints.${endpoint}: expected an array of methods`);
  return isListOfTexts ? [...new Set(given as readonly string[])] : [];
}

const keyForm = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** Everything that is wrong with the values; empty: nothing. `shown`: a key that can be asked for again needs no name. */
export function checkApiKey({ key, name, endpoints, metaData }: ApiKeyRequest, shown: boolean): readonly Errors[] {
  return [
    ...(!shown && isBlank(name) ? [required("apiKey.name", "blank")] : []),
    ...tooLong("apiKey.name", name, longest.name),
    ...(name !== undefined && !isStorable(name)
      ? [invalid("apiKey.name", "It must be well-formed text without U+0000.")]
      : []),
    ...(key === undefined ? [] : checkKey(key)),
    ...checkEndpoints(endpoints),
    ...(JSON.stringify(metaData ?? {}, plainNumbers).length > longest.metaDataCharacters
      ? [invalid("apiKey.metaData", "It is too large.")]
      : []),
  ];
}

function plainNumbers(_name: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

function checkKey(key: string): readonly Errors[] {
  const isScheme = /^(?:bearer|basic)\s/i.test(key);
  if (keyForm.test(key) && !isScheme) return tooLong("apiKey.key", key, longest.key);
  const form = "It must be visible ASCII characters, and not begin with the name of an authentication scheme.";
  return [invalid("apiKey.key", form)];
}

function checkEndpoints(endpoints: ApiKeyRequest["endpoints"]): readonly Errors[] {
  const { perKey, characters } = endpointLimits;
  const field = "apiKey.permissions.endpoints";
  if (Object.keys(endpoints).length > perKey) return [invalid(field, `A key has at most ${perKey} endpoints.`)];
  const wrong = Object.entries(endpoints).filter(
    ([endpoint, given]) =>
      !/^\/[\x21-\x7e]*$/.test(endpoint) ||
      endpoint.length > endpointLimits.characters ||
      given.some((method) => !methods.includes(method)),
  );
  return wrong.map(([endpoint]) =>
    invalid(
      field,
      `[${endpoint}] must be a path of at most ${characters} characters with some of the methods ${methods.join(", ")}.`,
    ),
  );
}
