// What the library oidc-provider keeps, in PostgreSQL. Codes and refresh tokens are used up by one request only, however many
// try at once. Clients come from their own tables, with the secret's place taken by a mark: authentication checks it.

import { type Adapter, type AdapterPayload, errors } from "oidc-provider";
import type { Clock } from "../../core/clock.ts";
import type { Queryable } from "../../store/database.ts";
import {
  consumeOidcRecord,
  deleteOidcRecord,
  deleteOidcRecordsOfGrant,
  endGrant,
  findGrantHash,
  findOidcRecord,
  findOidcSession,
  type OidcRecord,
  upsertOidcRecord,
} from "../../store/oidc-records.ts";
import { type ClientMetadataSource, findClientMetadata } from "./client-metadata.ts";
import { isPersonSubject } from "./subjects.ts";

export interface OidcAdapterDeps extends ClientMetadataSource {
  readonly db: Queryable;
  readonly clock: Clock;
}

/** For the provider of one issuer; what it keeps is shared by all. */
export function createOidcAdapter(deps: OidcAdapterDeps): (model: string) => Adapter {
  return (model) => (model === "Client" ? clientAdapter(deps) : recordAdapter(deps, model));
}

function recordAdapter({ db, clock }: OidcAdapterDeps, model: string): Adapter {
  return {
    async upsert(id, payload, expiresInSeconds) {
      const { jti: _id, ...rest } = payload;
      const { accountId: subject = null, at } = signInOf(payload);
      await upsertOidcRecord(db, {
        model,
        id,
        payload: withoutCookie(rest),
        expiresAt: new Date(clock.nowMs() + lifetimeSeconds(expiresInSeconds) * 1000),
        clientId: payload.clientId ?? null,
        subject,
        person: subject !== null && isPersonSubject(subject) ? subject : null,
        signedInAt: at === undefined ? null : new Date(at * 1000),
        grantId: payload.grantId ?? null,
        sessionUid: (model === "Session" ? payload.uid : payload.sessionUid) ?? null,
      });
    },
    async find(id) {
      const record = await findOidcRecord(db, model, id);
      return record === null ? undefined : { ...payloadOf(record), jti: id };
    },
    async findByUid(uid) {
      const record = await findOidcSession(db, uid);
      return record === null ? undefined : payloadOf(record);
    },
    async findByUserCode() {
      return undefined;
    },
    async consume(id) {
      if (await consumeOidcRecord(db, model, id, new Date(clock.nowMs()))) return;
      // Two requests with one code or refresh token: whoever stole it must not go on with what the other has got.
      const grantHash = await findGrantHash(db, model, id);
      if (grantHash !== null) await endGrant(db, grantHash);
      throw new errors.InvalidGrant("it has been used already");
    },
    destroy: (id) => deleteOidcRecord(db, model, id),
    revokeByGrantId: (grantId) => deleteOidcRecordsOfGrant(db, model, grantId),
  };
}

interface KnownSignIn {
  readonly accountId?: string | undefined;
  /** In seconds since the Unix epoch; undefined: it does not say. */
  readonly at?: number | undefined;
}

/** An interaction is its person's from the moment in which they have proved themselves, not only once it is resumed. */
function signInOf({ accountId, loginTs, authTime, result, session }: AdapterPayload): KnownSignIn {
  if (accountId !== undefined) return { accountId, at: loginTs ?? authTime };
  const login = result?.login;
  return login === undefined ? { accountId: session?.accountId } : { accountId: login.accountId, at: login.ts };
}

/** What an interaction remembers of its session must not be the session's secret. */
function withoutCookie(payload: AdapterPayload): Readonly<Record<string, unknown>> {
  if (payload.session === undefined) return payload as Record<string, unknown>;
  const { cookie: _cookie, ...session } = payload.session;
  return { ...payload, session } as Record<string, unknown>;
}

function payloadOf({ payload, consumedAt }: OidcRecord): AdapterPayload {
  if (consumedAt === null) return payload as AdapterPayload;
  return { ...payload, consumed: Math.floor(consumedAt.getTime() / 1000) } as AdapterPayload;
}

const lifetimeSecondsMax = 366 * 86_400;

function lifetimeSeconds(given: number | undefined): number {
  return Math.min(Math.max(given ?? lifetimeSecondsMax, 0), lifetimeSecondsMax);
}

function clientAdapter(deps: OidcAdapterDeps): Adapter {
  const nothing = async (): Promise<undefined> => undefined;
  return {
    async find(clientId) {
      return (await findClientMetadata(deps, clientId)) ?? undefined;
    },
    // Clients are managed by the native API, never by the library.
    ...{ upsert: nothing, findByUserCode: nothing, findByUid: nothing, consume: nothing, destroy: nothing },
    revokeByGrantId: nothing,
  };
}
