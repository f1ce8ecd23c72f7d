// Making, changing and deleting OAuth clients: each with its audit row in one transaction. A secret exists in the clear only
// in the answer to whoever made it. What a client had been given ends with it, or with
// the secret that got it.

import { actorOf, type Principal, type Role } from "../../core/access/principal.ts";
import { newClientSecret, newNumericId } from "../../core/credentials/secrets.ts";
import { GatewayError } from "../../core/errors.ts";
import { type AccountSid, newUuid, type Uuid } from "../../core/ids.ts";
import { lockAccountRow } from "../../store/accounts.ts";
import { writeAudit } from "../../store/audit.ts";
import type { Database, Queryable } from "../../store/database.ts";
import {
  countOauthClients,
  deleteOauthClient,
  insertOauthClient,
  lockOauthClient,
  type OauthClient,
  replaceClientSecret,
  updateOauthClient,
} from "../../store/oauth-clients.ts";
import { deleteOidcRecordsOfClient } from "../../store/oidc-records.ts";
import type { Authenticator } from "../authenticator.ts";
import { changeAccess } from "../change-access.ts";
import { isUnchanged } from "../is-unchanged.ts";
import { refuseOwnKey } from "../own-key.ts";

export interface OauthClientDeps {
  readonly db: Database;
  readonly authenticator: Authenticator;
}

/** Who acts in which account; that they may has been checked. */
export interface Actor {
  readonly principal: Principal;
  readonly accountSid: AccountSid;
}

export interface NewOauthClient {
  readonly name: string;
  readonly role: Role;
  readonly isPublic: boolean;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
}

/** What is absent stays as it is. */
export type OauthClientChanges = Partial<Omit<NewOauthClient, "isPublic">>;

export interface MadeOauthClient {
  readonly client: OauthClient;
  /** Null: of a public client. */
  readonly secret: string | null;
}

const clientsMax = 200;

/** Rejects with `too-many-keys`. */
export function createOauthClient(
  deps: OauthClientDeps,
  actor: Actor,
  given: NewOauthClient,
): Promise<MadeOauthClient> {
  const secret = given.isPublic ? null : newClientSecret();
  const { accountSid } = actor;
  const id = newUuid();
  return deps.db.transaction(async (tx) => {
    // One at a time, so that the count holds.
    await lockAccountRow(tx, accountSid);
    if ((await countOauthClients(tx, accountSid)) >= clientsMax) {
      throw new GatewayError("too-many-keys", `An account has at most ${clientsMax} OAuth clients: delete one first.`);
    }
    await insertOauthClient(tx, { ...given, accountSid, id, clientId: newNumericId() }, secret);
    const client = await locked(tx, accountSid, id);
    await audit(tx, actor, "created", { before: null, after: client });
    return { client, secret };
  });
}

/** Rejects with `not-found`, and with `conflict` for another role of the caller's own. */
export function changeOauthClient(
  deps: OauthClientDeps,
  actor: Actor,
  id: Uuid,
  changes: OauthClientChanges,
): Promise<OauthClient> {
  return changeAccess(deps, actor.accountSid, async (tx) => {
    const before = await locked(tx, actor.accountSid, id);
    const wanted = { ...before, ...changes };
    if (before.isPublic && wanted.redirectUris.length === 0) {
      throw new GatewayError("invalid-parameter", "redirectUris: a public client needs at least one.");
    }
    if (isUnchanged(before, changes)) return before;
    if (wanted.role !== before.role) refuseOwnKey(actor.principal, "client", [id]);
    await updateOauthClient(tx, wanted);
    const after = await locked(tx, actor.accountSid, id);
    await audit(tx, actor, "updated", { before, after });
    return after;
  });
}

/** A new secret; the old one ends, and with it what was got with it. Rejects with `not-found`, and with `conflict` for a public client. */
export function renewClientSecret(deps: OauthClientDeps, actor: Actor, id: Uuid): Promise<MadeOauthClient> {
  const secret = newClientSecret();
  return changeAccess(deps, actor.accountSid, async (tx) => {
    const before = await locked(tx, actor.accountSid, id);
    if (before.isPublic) throw new GatewayError("conflict", "A public client has no secret.");
    await replaceClientSecret(tx, before, secret);
    await deleteOidcRecordsOfClient(tx, before.clientId);
    const client = await locked(tx, actor.accountSid, id);
    await audit(tx, actor, "secret-replaced", { before, after: client });
    return { client, secret };
  });
}

/** From then on neither it nor what was issued to it is of use, in any process within a second. Rejects with `not-found`, and with `conflict` for the caller's own. */
export function removeOauthClient(deps: OauthClientDeps, actor: Actor, id: Uuid): Promise<void> {
  return changeAccess(deps, actor.accountSid, async (tx) => {
    const before = await locked(tx, actor.accountSid, id);
    refuseOwnKey(actor.principal, "client", [id]);
    await deleteOauthClient(tx, before);
    await deleteOidcRecordsOfClient(tx, before.clientId);
    await audit(tx, actor, "deleted", { before, after: null });
  });
}

async function locked(tx: Queryable, accountSid: AccountSid, id: Uuid): Promise<OauthClient> {
  const client = await lockOauthClient(tx, accountSid, id);
  if (client !== null) return client;
  throw new GatewayError("not-found", "The account has no such OAuth client.");
}

function audit(
  tx: Queryable,
  { principal, accountSid }: Actor,
  verb: string,
  { before, after }: { readonly before: OauthClient | null; readonly after: OauthClient | null },
): Promise<void> {
  const shown = (client: OauthClient | null) => {
    if (client === null) return null;
    const { name, role, isPublic, redirectUris, postLogoutRedirectUris } = client;
    return { name, role, isPublic, redirectUris, postLogoutRedirectUris };
  };
  const subject = (before ?? after)?.clientId ?? "";
  const entry = { accountSid, actor: actorOf(principal), action: `client.${verb}`, subject };
  return writeAudit(tx, { ...entry, before: shown(before), after: shown(after) });
}
