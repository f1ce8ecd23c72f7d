// Keys with permissions by endpoint: made, changed, deleted, each with its audit row in the same transaction. A key counts, or
// has ceased to, from the commit on: they are looked up with every call.

import type { Sealer } from "../core/credentials/seal.ts";
import { GatewayError } from "../core/errors.ts";
import type { AccountSid, Uuid } from "../core/ids.ts";
import { lockAccountRow } from "../store/accounts.ts";
import { writeAudit } from "../store/audit.ts";
import { isUniqueViolation } from "../store/connect.ts";
import type { Database, Queryable } from "../store/database.ts";
import {
  countEndpointKeys,
  deleteEndpointKey,
  type EndpointKey,
  type EndpointKeyChange,
  findEndpointKey,
  findKeyNamed,
  insertEndpointKey,
  isKeyIdTaken,
  isKeyTaken,
  type NewEndpointKey,
  updateEndpointKey,
} from "../store/endpoint-keys.ts";

export interface EndpointKeysDeps {
  readonly db: Database;
  readonly sealer: Sealer;
}

interface KeyPath {
  readonly accountSid: AccountSid;
  readonly actor: string;
  readonly id: Uuid;
}

const keysMax = 200;

/** What one key may list: a page of keys shows it all. */
export const endpointLimits = { perKey: 50, characters: 100 } as const;

/** Rejects with `too-many-keys`, and with `conflict` whose `values.field` says what is taken: `id`, `key` or `name`. */
export async function createEndpointKey(
  { db, sealer }: EndpointKeysDeps,
  actor: string,
  key: NewEndpointKey,
): Promise<EndpointKey> {
  const storing = db.transaction(async (tx) => {
    // One at a time, so that the count holds.
    await lockAccountRow(tx, key.accountSid);
    if ((await countEndpointKeys(tx, key.accountSid)) >= keysMax) {
      throw new GatewayError("too-many-keys", `An account has at most ${keysMax} FusionAuth keys: delete one first.`);
    }
    await demandFree(tx, key);
    const made = await insertEndpointKey(tx, sealer, key);
    const { accountSid, id } = made;
    const audit = { accountSid, actor, action: "endpoint-key.created", subject: id };
    await writeAudit(tx, { ...audit, before: null, after: audited(made) });
    return made;
  });
  return await storing.catch(asConflict);
}

/** `decide`: the change, from the key as it stands; null: none. Rejects with `not-found`, and with `conflict` for a name that is taken. */
export async function changeEndpointKey(
  { db, sealer }: EndpointKeysDeps,
  { accountSid, actor, id }: KeyPath,
  decide: (before: EndpointKey) => EndpointKeyChange | null,
): Promise<EndpointKey> {
  const storing = db.transaction(async (tx) => {
    const before = await findEndpointKey(tx, sealer, { accountSid, id }, true);
    if (before === null) throw notFound(id);
    const change = decide(before);
    if (change === null) return before;
    const holder = change.name === null ? null : await findKeyNamed(tx, accountSid, change.name);
    if (holder !== null && holder !== id) throw taken("name");
    const after = await updateEndpointKey(tx, sealer, { accountSid, id }, change);
    if (after === null) throw notFound(id);
    const audit = { accountSid, actor, action: "endpoint-key.updated", subject: id };
    await writeAudit(tx, { ...audit, before: audited(before), after: audited(after) });
    return after;
  });
  return await storing.catch(asConflict);
}

/** Rejects with `not-found`. */
export async function removeEndpointKey(
  { db, sealer }: EndpointKeysDeps,
  { accountSid, actor, id }: KeyPath,
): Promise<void> {
  await db.transaction(async (tx) => {
    const before = await findEndpointKey(tx, sealer, { accountSid, id }, true);
    if (before === null || !(await deleteEndpointKey(tx, accountSid, id))) throw notFound(id);
    const audit = { accountSid, actor, action: "endpoint-key.deleted", subject: id };
    await writeAudit(tx, { ...audit, before: audited(before), after: null });
  });
}

async function demandFree(tx: Queryable, { accountSid, id, key, name }: NewEndpointKey): Promise<void> {
  if (await isKeyIdTaken(tx, id)) throw taken("id");
  if (await isKeyTaken(tx, key)) throw taken("key");
  if (name !== null && (await findKeyNamed(tx, accountSid, name)) !== null) throw taken("name");
}

/** Two at once, of which the checks of neither saw the other. */
function asConflict(error: unknown): never {
  const field = (["name", "id", "key"] as const).find((one) => isUniqueViolation(error, constraintOf[one]));
  throw field === undefined ? error : taken(field);
}

const constraintOf = {
  name: "endpoint_keys_by_name",
  id: "endpoint_keys_id_key",
  key: "endpoint_keys_key_hash_key",
} as const;

function taken(field: "id" | "key" | "name"): GatewayError {
  return new GatewayError("conflict", `There is a key with this ${field} already.`, { values: { field } });
}

function notFound(id: Uuid): GatewayError {
  return new GatewayError("not-found", `The account has no key ${id}.`);
}

/**
 * Permissions as "GET,POST /api/messenger": endpoints must not be names of fields, as those of secrets are masked
 * (/api/api-key), and so each difference is a member of the list.
 */
function audited({ name, tenantScoped, expiresAt, endpoints }: EndpointKey): Record<string, unknown> {
  const permissions = Object.entries(endpoints).map(
    ([path, methods]) => `${methods.toSorted().join(",") || "nothing"} ${path}`,
  );
  return { name, tenantScoped, expiresAt, endpoints: permissions.sort() };
}
