// What each purpose makes: the calls, and what is then shown once, with lines to paste that hold this gateway's address.

import { api, call } from "../../api/client.ts";
import { newKey as t } from "../../texts/keys.ts";

export const purposes = ["sdk", "tool", "fusionauth", "oauth", "file", "token"] as const;
export type Purpose = (typeof purposes)[number];
export type Role = "owner" | "operator" | "sender" | "viewer";
export type Expiry = keyof typeof t.expiries;

export interface KeyDraft {
  readonly name: string;
  readonly role: Role;
  readonly expiry: Expiry;
  readonly scope: keyof typeof t.scopes;
  readonly permissions: string;
  readonly endpointScope: keyof typeof t.endpointScopes;
  /** Of an existing service account; empty: a new one is made. */
  readonly accountId: string;
  readonly accountName: string;
}

export interface MadeSecret {
  readonly name: string;
  readonly secretName: string;
  readonly secret: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly paste: string;
  /** To be saved as a file of this name. */
  readonly fileName?: string;
}

export function draftFor(purpose: Purpose): KeyDraft {
  return {
    ...{ name: "", accountId: "", accountName: "", permissions: "", scope: "everything", endpointScope: "everything" },
    role: purpose === "tool" ? "owner" : "operator",
    expiry: purpose === "token" ? "90" : "never",
  };
}

/** What the form begins with: the least that does what the purpose says, and an end that one may push away. */
export function suggestionFor(purpose: Purpose): KeyDraft {
  return { ...draftFor(purpose), role: "operator", expiry: "90", scope: "messages", endpointScope: "messengers" };
}

const dayMs = 86_400_000;

/** ISO; null: never. */
export function expiresAtOf(expiry: Expiry): string | null {
  return expiry === "never" ? null : new Date(Date.now() + Number(expiry) * dayMs).toISOString();
}

const messages = "/twilio/messaging/messages";

function policyOf({ scope, permissions }: KeyDraft): { allow: string[] } | undefined {
  if (scope === "everything") return undefined;
  if (scope === "send") return { allow: [`${messages}/create`] };
  if (scope === "messages") return { allow: [`${messages}/*`, `${messages}.media/*`, `${messages}.feedback/*`] };
  return { allow: permissions.split(/\s+/).filter((line) => line !== "") };
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
const everyMethod: Method[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const endpointsOf: Readonly<Record<KeyDraft["endpointScope"], Record<string, Method[]>>> = {
  everything: {},
  messengers: { "/api/messenger": everyMethod },
  read: {
    "/api/messenger": ["GET"],
    "/api/system/event-log": ["GET"],
    "/api/system/event-log/search": ["GET", "POST"],
  },
};

/** Told the id of a service account as soon as it is there, even if its key then fails. */
type OnAccount = (id: string) => void;
type Maker = (sid: string, draft: KeyDraft, onAccount: OnAccount) => Promise<MadeSecret>;

const origin = (): string => location.origin;

const makers: Readonly<Record<Purpose, Maker>> = {
  async sdk(sid, draft) {
    const policy = policyOf(draft);
    const type = policy === undefined ? ("standard" as const) : ("restricted" as const);
    const body = { friendlyName: draft.name, type, ...(policy === undefined ? {} : { policy }) };
    const made = await call(api.POST("/trunkline/v1/accounts/{sid}/api-keys", { params: { path: { sid } }, body }));
    return {
      ...{ name: draft.name, secretName: t.secretNames.sdk, secret: made.secret },
      facts: [[t.publicNames.sdk, made.sid]],
      paste: `export TWILIO_ACCOUNT_SID=${sid}
export TWILIO_API_KEY=${made.sid}
export TWILIO_API_SECRET=${made.secret}
export TRUNKLINE_URL=${origin()}`,
    };
  },
  async tool(sid, { name, role, expiry }) {
    const body = { name, role, expiresAt: expiresAtOf(expiry) };
    const made = await call(api.POST("/trunkline/v1/accounts/{sid}/access-keys", { params: { path: { sid } }, body }));
    return {
      ...{ name, secretName: t.secretNames.tool, secret: made.key, facts: [] },
      paste: `curl -H 'Authorization: Bearer ${made.key}' ${origin()}/trunkline/v1/session`,
    };
  },
  async fusionauth(sid, { name, endpointScope, expiry }) {
    const body = { name, endpoints: endpointsOf[endpointScope], expiresAt: expiresAtOf(expiry) };
    const params = { path: { sid } };
    const made = await call(api.POST("/trunkline/v1/accounts/{sid}/endpoint-keys", { params, body }));
    return {
      ...{ name, secretName: t.secretNames.fusionauth, secret: made.key, facts: [] },
      paste: `curl -H 'Authorization: ${made.key}' ${origin()}/api/messenger`,
    };
  },
  async oauth(sid, { name, role }) {
    const body = { name, role, public: false, redirectUris: [], postLogoutRedirectUris: [] };
    const params = { path: { sid } };
    const made = await call(api.POST("/trunkline/v1/accounts/{sid}/oauth-clients", { params, body }));
    const secret = made.clientSecret ?? "";
    return {
      ...{ name, secretName: t.secretNames.oauth, secret, facts: [[t.publicNames.oauth, made.clientId]] },
      paste: `curl -u ${made.clientId}:${secret} -d grant_type=client_credentials ${origin()}/oauth/v2/token`,
    };
  },
  async file(sid, draft, onAccount) {
    const id = await serviceAccountOf(sid, draft, onAccount);
    const made = await call(
      api.POST("/trunkline/v1/accounts/{sid}/service-accounts/{id}/keys", {
        ...{ params: { path: { sid, id } }, body: { expiresAt: expiresAtOf(draft.expiry) } },
      }),
    );
    const fileName = `trunkline-${made.keyId}.json`;
    return {
      ...{ name: draft.accountName, secretName: t.secretNames.file, fileName },
      secret: JSON.stringify(made.keyFile, null, 2),
      facts: [[t.publicNames.file, made.keyId]],
      paste: `export ZITADEL_API=${origin()}\nexport ZITADEL_KEY_FILE=./${fileName}`,
    };
  },
  async token(sid, draft, onAccount) {
    const id = await serviceAccountOf(sid, draft, onAccount);
    const made = await call(
      api.POST("/trunkline/v1/accounts/{sid}/service-accounts/{id}/personal-access-tokens", {
        ...{ params: { path: { sid, id } }, body: { name: draft.name, expiresAt: expiresAtOf(draft.expiry) } },
      }),
    );
    return {
      ...{ name: draft.name, secretName: t.secretNames.token, secret: made.token, facts: [] },
      paste: `curl -X POST -H 'Authorization: Bearer ${made.token}' ${origin()}/admin/v1/sms/_search`,
    };
  },
};

async function serviceAccountOf(sid: string, draft: KeyDraft, onAccount: OnAccount): Promise<string> {
  const { accountId, accountName: name, role } = draft;
  if (accountId !== "") return accountId;
  const params = { path: { sid } };
  const made = await call(api.POST("/trunkline/v1/accounts/{sid}/service-accounts", { params, body: { name, role } }));
  onAccount(made.id);
  return made.id;
}

/** `onAccount`: asked again after a failure, the draft must name that service account. Rejects with ApiError. */
export function makeKey(
  purpose: Purpose,
  sid: string,
  draft: KeyDraft,
  onAccount: OnAccount = () => undefined,
): Promise<MadeSecret> {
  const trimmed = { ...draft, name: draft.name.trim(), accountName: draft.accountName.trim() };
  return makers[purpose](sid, trimmed, onAccount);
}
