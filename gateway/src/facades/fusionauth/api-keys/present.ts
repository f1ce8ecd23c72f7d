// An API key on the wire. The key itself is shown when it is made, and afterwards only if it may be.

import assert from "node:assert";
import type { Account } from "../../../core/accounts/account.ts";
import type { EndpointKey } from "../../../store/endpoint-keys.ts";
import { isJsonObject, type JsonObject, parseJson } from "../json/parse.ts";
import { present } from "../json/write.ts";

export function presentApiKey(key: EndpointKey, { tenantId }: Pick<Account, "tenantId">, newKey?: string): JsonObject {
  const parsed = parseJson(Buffer.from(key.kept));
  assert(parsed.kind === "json" && isJsonObject(parsed.value), "what was written here can be read");
  const isSuper = Object.keys(key.endpoints).length === 0;
  return present({
    ...parsed.value,
    id: key.id,
    key: newKey ?? key.key ?? undefined,
    keyManager: key.keyManager,
    name: key.name ?? undefined,
    permissions: isSuper ? undefined : { endpoints: { ...key.endpoints } },
    tenantId: key.tenantScoped ? tenantId : undefined,
    expirationInstant: key.expiresAt?.getTime(),
    retrievable: key.key !== null,
    insertInstant: key.createdAt.getTime(),
    lastUpdateInstant: key.updatedAt.getTime(),
  });
}
