// The account and its subaccounts: list, create, fetch, change (name; suspend, close, activate); and the balance. Clients
// fetch them to try out their credentials. The answers hold auth tokens, so that they are for main credentials only.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GatewayError } from "../../../core/errors.ts";
import { changeAccount, createSubaccount, type SubaccountDeps } from "../../../services/subaccounts.ts";
import { findAccount, findParentSid, listAccountFamily } from "../../../store/accounts.ts";
import { requireMain } from "../auth.ts";
import { callerOf, formOf, notFound, pathOf, queryOf } from "../call.ts";
import { presentEnvelope, readPageRequest } from "../paging.ts";
import { pageQueryOf } from "../products/page.ts";
import { sendList, sendResource } from "../resource.ts";
import { type Format, registerCollection, registerItem } from "../routing.ts";
import { presentAccount, presentBalance } from "./present.ts";
import { readAccountChanges, readAccountFilters, readNewAccountName } from "./schema.ts";

export function registerAccountRoutes(app: FastifyInstance, deps: SubaccountDeps): void {
  const { db, sealer } = deps;

  async function list(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const { principal, accountSid } = callerOf(request);
    requireMain(principal);
    const query = queryOf(request);
    const { filter, echoed } = readAccountFilters(query);
    const page = readPageRequest(query, "AC");
    // Subaccounts are for who can act on them.
    const family = { sid: accountSid, alone: principal.credential !== "auth-token", filter };
    const { items, hasOlder, hasNewer } = await listAccountFamily(db, sealer, family, pageQueryOf(page));
    const result = { sids: items.map((account) => account.sid), hasOlder, hasNewer };
    const envelope = presentEnvelope(pathOf(request), echoed, page, result);
    return sendList(request, reply, { envelope, items: items.map(presentAccount) }, { ...asList, format });
  }

  async function create(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const { principal } = callerOf(request);
    if (principal.credential !== "auth-token") {
      throw new GatewayError("unauthenticated", "Subaccounts are made with the account's auth token.");
    }
    const account = await createSubaccount(deps, principal, readNewAccountName(formOf(request)));
    return sendResource(request, reply, presentAccount(account), { status: 201, format, name: "Account" });
  }

  async function fetch(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const { principal, accountSid } = callerOf(request);
    requireMain(principal);
    const account = await findAccount(db, sealer, accountSid);
    if (account === null) throw notFound(request);
    return sendResource(request, reply, presentAccount(account), { status: 200, format, name: "Account" });
  }

  async function update(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const target = callerOf(request);
    requireMain(target.principal);
    const account = await changeAccount(deps, target, readAccountChanges(formOf(request)));
    return sendResource(request, reply, presentAccount(account), { status: 200, format, name: "Account" });
  }

  async function fetchBalance(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const { accountSid } = callerOf(request);
    // A subaccount has no balance of its own.
    if ((await findParentSid(db, accountSid)) !== null) throw notFound(request);
    return sendResource(request, reply, presentBalance(accountSid), { status: 200, format, name: "Balance" });
  }

  registerCollection(app, "/Accounts", { GET: list, POST: create });
  registerItem(app, "/Accounts/:accountFile", { GET: fetch, POST: update });
  registerCollection(app, "/Accounts/:account/Balance", { GET: fetchBalance });
}

const asList = { key: "accounts", name: "Accounts", itemName: "Account" };
