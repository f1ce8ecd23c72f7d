// Access tokens as the APIs see them: found by the hash of what the caller shows, in one statement that also says whether
// the grant and the session behind a token still stand.

import type { Queryable } from "./database.ts";
import { hashId } from "./oidc-records.ts";

export interface IssuedToken {
  readonly clientId: string;
  /** Null: the client's own token. */
  readonly subject: string | null;
  readonly scopes: readonly string[];
}

interface TokenRow {
  payload: string;
  client_id: string;
  subject: string | null;
  granted: boolean;
  session: string | null;
}

interface TokenPayload {
  readonly scope?: string;
  readonly grantId?: string;
  readonly expiresWithSession?: boolean;
}

interface SessionPayload {
  readonly accountId?: string;
  readonly authorizations?: Readonly<Record<string, { readonly grantId?: string }>>;
}

const FIND = {
  name: "issued_token",
  text: `select t.payload, t.client_id, t.subject, t.grant_hash is null or g.id_hash is not null as granted,
      s.payload as session
    from oidc_records t
    left join oidc_records g on g.model = 'Grant' and g.id_hash = t.grant_hash and g.expires_at > $2
    left join oidc_records s on s.model = 'Session' and s.session_uid = t.session_uid and s.expires_at > $2
    where t.model in ('AccessToken', 'ClientCredentials') and t.id_hash = $1 and t.expires_at > $2
      and t.client_id is not null`,
};

/** Null: no token of ours, expired, revoked, or its session has ended. */
export async function findIssuedToken(db: Queryable, token: string, now: Date): Promise<IssuedToken | null> {
  const [row] = await db.query<TokenRow>(FIND, [hashId(token), now]);
  if (row === undefined || !row.granted) return null;
  const payload = JSON.parse(row.payload) as TokenPayload;
  if (payload.expiresWithSession === true && !isInSession(row, payload)) return null;
  return { clientId: row.client_id, subject: row.subject, scopes: payload.scope?.split(" ") ?? [] };
}

/** As the authorization server checks it: the same person, who has not signed out of this client. */
function isInSession({ session, subject, client_id: clientId }: TokenRow, { grantId }: TokenPayload): boolean {
  if (session === null) return false;
  const { accountId, authorizations } = JSON.parse(session) as SessionPayload;
  return accountId === subject && grantId !== undefined && authorizations?.[clientId]?.grantId === grantId;
}
