// New credentials at the upstream, for rotations. What it answers with is taken over only when it is whole: half a
// credential would lock the provider out. No secret ever gets into a reason.

import { z } from "zod";
import type { CarrierProvider } from "../carrier.ts";
import type { TwilioUpstream, UpstreamResult } from "../upstream.ts";
import { upstreamId } from "./answer.ts";
import { askAnything, askObject, askPages, type Question, shapeless } from "./ask.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Exchange } from "./exchange.ts";

type Credentials = Pick<
  TwilioUpstream,
  | "createSecondaryToken"
  | "deleteSecondaryToken"
  | "promoteSecondaryToken"
  | "createApiKey"
  | "findApiKeys"
  | "deleteApiKey"
>;

interface CredentialsDeps {
  readonly exchange: Exchange;
  readonly at: <T>(
    provider: CarrierProvider,
    ask: (endpoint: Endpoint) => Promise<UpstreamResult<T>>,
  ) => Promise<UpstreamResult<T>>;
}

const token = z.string().regex(/^[\x21-\x7e]{8,256}$/);
const secondaryToken = z.looseObject({ secondary_auth_token: token });
const primaryToken = z.looseObject({ auth_token: token });
const newKey = z.looseObject({ sid: z.string().regex(/^SK[\w-]{1,62}$/), secret: token });
const listedKey = z.looseObject({ sid: upstreamId, friendly_name: z.string().nullish() });

const notThere = 20404;
const secondaryPath = "/v1/AuthTokens/Secondary";

export function createCredentials({ exchange, at }: CredentialsDeps): Credentials {
  const create = async <T>(
    endpoint: Endpoint,
    question: Omit<Question, "method" | "withToken">,
    shape: z.ZodType<T>,
  ): Promise<UpstreamResult<T>> => {
    const result = await askObject(exchange, endpoint, { ...question, method: "POST", withToken: true });
    if (result.kind === "failure") return result;
    const read = shape.safeParse(result.value.body);
    return read.success ? { kind: "ok", value: read.data } : shapeless("a credential", true);
  };
  const remove = async (
    endpoint: Endpoint,
    question: Omit<Question, "method" | "withToken">,
  ): Promise<UpstreamResult<void>> => {
    const result = await askAnything(exchange, endpoint, { ...question, method: "DELETE", withToken: true });
    if (result.kind === "answer" || result.code === notThere) return { kind: "ok", value: undefined };
    return result;
  };

  return {
    createSecondaryToken: (provider, signal) =>
      at(provider, async (endpoint) => {
        const made = await create(endpoint, { product: "accounts", path: secondaryPath, signal }, secondaryToken);
        return made.kind === "ok" ? { kind: "ok", value: made.value.secondary_auth_token } : made;
      }),
    deleteSecondaryToken: (provider, signal) =>
      at(provider, (endpoint) => remove(endpoint, { product: "accounts", path: secondaryPath, signal })),
    promoteSecondaryToken: (provider, signal) =>
      at(provider, async (endpoint) => {
        const question = { product: "accounts", path: "/v1/AuthTokens/Promote", signal } as const;
        const promoted = await create(endpoint, question, primaryToken);
        return promoted.kind === "ok" ? { kind: "ok", value: promoted.value.auth_token } : promoted;
      }),
    createApiKey: (provider, friendlyName, signal) =>
      at(provider, async (endpoint) => {
        const form = { FriendlyName: friendlyName };
        const made = await create(endpoint, { product: "api", path: keysPath(endpoint), form, signal }, newKey);
        return made.kind === "ok" ? { kind: "ok", value: { sid: made.value.sid, secret: made.value.secret } } : made;
      }),
    findApiKeys: (provider, friendlyName, signal) =>
      at(provider, (endpoint) => findKeys(exchange, endpoint, friendlyName, signal)),
    deleteApiKey: (provider, keySid, signal) =>
      at(provider, (endpoint) => {
        const path = keysPath(endpoint).replace(/\.json$/, `/${encodeURIComponent(keySid)}.json`);
        return remove(endpoint, { product: "api", path, signal });
      }),
  };
}

function keysPath({ accountPath }: Endpoint): string {
  return `${accountPath}/Keys.json`;
}

async function findKeys(
  exchange: Exchange,
  endpoint: Endpoint,
  friendlyName: string,
  signal: AbortSignal,
): Promise<UpstreamResult<readonly string[]>> {
  const sids: string[] = [];
  const list = { product: "api", path: keysPath(endpoint), key: "keys", item: listedKey, maxPages: 20 } as const;
  const result = await askPages(
    exchange,
    endpoint,
    { ...list, query: { PageSize: "200" }, withToken: true, signal },
    ({ items }) => {
      sids.push(...items.filter((key) => key.friendly_name === friendlyName).map((key) => key.sid));
      return true;
    },
  );
  return result.kind === "ok" ? { kind: "ok", value: sids } : result;
}
