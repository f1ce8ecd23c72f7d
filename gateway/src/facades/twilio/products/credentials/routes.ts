// The credentials of an account, AWS and public keys: two collections of one form. Public keys are what signed requests
// are checked with.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { AccountCredential, AccountCredentialKind } from "../../../../core/credentials/account-credential.ts";
import type { Sealer } from "../../../../core/credentials/seal.ts";
import { GatewayError } from "../../../../core/errors.ts";
import { type AccountSid, type CredentialSid, canonicalSid, isSid } from "../../../../core/ids.ts";
import {
  changeAccountCredential,
  createAccountCredential,
  removeAccountCredential,
} from "../../../../services/account-credentials.ts";
import type { Authenticator } from "../../../../services/authenticator.ts";
import {
  type CredentialTarget,
  findAccountCredential,
  listAccountCredentials,
  type NewAccountCredential,
} from "../../../../store/account-credentials.ts";
import type { Database } from "../../../../store/database.ts";
import { publicUrlOf } from "../../../listener.ts";
import { requireActive, requireRole } from "../../auth.ts";
import { callerOf, formOf, notFound, queryOf } from "../../call.ts";
import type { Form } from "../../form.ts";
import { readPageRequest } from "../../paging.ts";
import { sendDeleted, sendJson } from "../../resource.ts";
import { parameterOf, registerPath } from "../../routing.ts";
import { pageQueryOf, sendPage } from "../page.ts";
import { presentCredential } from "./present.ts";
import { readAccountSid, readAws, readFriendlyName, readKey } from "./schema.ts";

export interface CredentialRoutesDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly authenticator: Authenticator;
}

interface Collection {
  readonly kind: AccountCredentialKind;
  readonly path: string;
  readonly readContent: (form: Form) => NewAccountCredential["content"];
}

const collections: readonly Collection[] = [
  { kind: "aws", path: "/Credentials/AWS", readContent: readAws },
  { kind: "public-key", path: "/Credentials/PublicKeys", readContent: readKey },
];

export function registerCredentialRoutes(app: FastifyInstance, deps: CredentialRoutesDeps): void {
  for (const collection of collections) registerCollection(app, deps, collection);
  const refuseType = async (): Promise<never> => {
    throw new GatewayError("credential-type-invalid", "There are the types AWS and PublicKeys.");
  };
  registerPath(app, "/Credentials/:type", { GET: refuseType, POST: refuseType });
  registerPath(app, "/Credentials/:type/:sid", { GET: refuseType, POST: refuseType, DELETE: refuseType });
}

function registerCollection(app: FastifyInstance, deps: CredentialRoutesDeps, { kind, path, readContent }: Collection) {
  const { db, authenticator } = deps;
  const present = (request: FastifyRequest) => {
    const url = `${publicUrlOf(request)}/v1${path}`;
    return (credential: AccountCredential) => presentCredential(credential, url);
  };
  const targetOf = (request: FastifyRequest): CredentialTarget => {
    const { accountSid } = callerOf(request);
    return { accountSid, kind, sid: sidInPath(request) };
  };

  async function create(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { principal } = callerOf(request);
    requireRole(principal, "owner", "operator");
    const form = formOf(request);
    const friendlyName = readFriendlyName(form) ?? null;
    const content = readContent(form);
    const accountSid = await accountFor(authenticator, request, readAccountSid(form));
    const made = await createAccountCredential(deps, principal, { accountSid, friendlyName, content });
    return sendJson(request, reply, present(request)(made), { status: 201 });
  }

  async function list(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { accountSid } = callerOf(request);
    const page = readPageRequest(queryOf(request), "CR");
    const result = await listAccountCredentials(db, accountSid, kind, pageQueryOf(page));
    return sendPage(request, reply, { key: "credentials", page, result, present: present(request) });
  }

  async function fetch(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const credential = await findAccountCredential(db, targetOf(request));
    if (credential === null) throw notFound(request);
    return sendJson(request, reply, present(request)(credential));
  }

  async function update(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { principal } = callerOf(request);
    requireRole(principal, "owner", "operator");
    const changed = await changeAccountCredential(db, principal, targetOf(request), readFriendlyName(formOf(request)));
    return sendJson(request, reply, present(request)(changed));
  }

  async function remove(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { principal } = callerOf(request);
    requireRole(principal, "owner", "operator");
    await removeAccountCredential(db, principal, targetOf(request));
    return sendDeleted(request, reply);
  }

  registerPath(app, path, { GET: list, POST: create });
  registerPath(app, `${path}/:sid`, { GET: fetch, POST: update, DELETE: remove });
}

/** Throws `sid-invalid` for what is no SID of a credential. */
function sidInPath(request: FastifyRequest): CredentialSid {
  const sid = parameterOf(request, "sid");
  if (isSid(sid, "CR")) return canonicalSid<CredentialSid>(sid);
  throw new GatewayError("sid-invalid", "The SID of a credential is CR and 32 hex digits.");
}

/** The caller's account, or a direct subaccount of it. Rejects with `not-found` or `account-not-active`. */
async function accountFor(
  authenticator: Authenticator,
  request: FastifyRequest,
  named: AccountSid | undefined,
): Promise<AccountSid> {
  const { principal, accountSid } = callerOf(request);
  if (named === undefined) return accountSid;
  const found = await authenticator.accessToAccount(principal, named);
  requireRole({ ...principal, role: found.role }, "owner", "operator");
  requireActive(found);
  return found.accountSid;
}
