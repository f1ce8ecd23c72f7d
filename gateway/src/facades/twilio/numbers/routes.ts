// The IncomingPhoneNumbers resource: list, create, fetch, update, delete; and its lists of one type of number.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type NumberType, numberTypeOf } from "../../../core/addresses/phone-number.ts";
import { GatewayError } from "../../../core/errors.ts";
import { type AccountSid, canonicalSid, isSid } from "../../../core/ids.ts";
import type { Sender } from "../../../core/senders/sender.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import {
  buyNumber,
  changeNumber,
  type NumberCaller,
  type NumberTarget,
  releaseNumber,
} from "../../../services/phone-numbers.ts";
import type { Database } from "../../../store/database.ts";
import type { Page, PageQuery } from "../../../store/keyset-page.ts";
import { listMatchingNumbers, listNumbers, type NumberFilter } from "../../../store/numbers.ts";
import { findSender } from "../../../store/senders.ts";
import { requireRole } from "../auth.ts";
import { callerOf, formOf, notFound, queryOf } from "../call.ts";
import { sendCorePage } from "../core-list.ts";
import { type Form, first } from "../form.ts";
import { readPageRequest } from "../paging.ts";
import { pageQueryOf } from "../products/page.ts";
import { invalid } from "../products/parameters.ts";
import { sendDeleted, sendResource } from "../resource.ts";
import { type Format, parameterOf, registerCollection, registerItem, withoutSuffix } from "../routing.ts";
import { presentNumber } from "./present.ts";
import { readNumberChanges, readNumberFilters, readWantedNumber } from "./schema.ts";

export interface NumberRoutesDeps {
  readonly db: Database;
  readonly authenticator: Authenticator;
}

const types: readonly (readonly [collection: string, type: NumberType | undefined])[] = [
  ["", undefined],
  ["/Local", "local"],
  ["/Mobile", "mobile"],
  ["/TollFree", "toll-free"],
];

export function registerNumberRoutes(app: FastifyInstance, deps: NumberRoutesDeps): void {
  for (const [collection, type] of types) registerType(app, deps.db, collection, type);
  registerOne(app, deps);
}

function registerType(app: FastifyInstance, db: Database, collection: string, type: NumberType | undefined): void {
  async function create(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const caller = callerOf(request);
    requireRole(caller.principal, "owner", "operator");
    const form = formOf(request);
    const number = await buyNumber(db, caller, readWantedNumber(form, type), readNumberChanges(form));
    return sendResource(request, reply, presentNumber(number), { status: 201, format, name });
  }

  async function list(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const { accountSid } = callerOf(request);
    const query = queryOf(request);
    const page = readPageRequest(query, "PN");
    const { filter, echoed } = readNumberFilters(query);
    const result = filter === null ? nothing : await find(accountSid, filter, pageQueryOf(page));
    return sendCorePage(request, reply, {
      ...{ key: "incoming_phone_numbers", name: "IncomingPhoneNumbers", itemName: name, format },
      ...{ page, filters: echoed, result, present: presentNumber },
    });
  }

  function find(accountSid: AccountSid, filter: NumberFilter, page: PageQuery): Promise<Page<Sender>> {
    if (type === undefined) return listNumbers(db, accountSid, filter, page);
    const matches = ({ address }: Sender): boolean => numberTypeOf(address) === type;
    return listMatchingNumbers(db, accountSid, filter, { page, matches });
  }

  registerCollection(app, `/Accounts/:account/IncomingPhoneNumbers${collection}`, { GET: list, POST: create });
}

function registerOne(app: FastifyInstance, { db, authenticator }: NumberRoutesDeps): void {
  async function fetch(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const { accountSid, sid } = targetOf(request);
    const number = await findSender(db, accountSid, sid);
    if (number === null) throw notFound(request);
    return sendResource(request, reply, presentNumber(number), { status: 200, format, name });
  }

  async function update(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const target = targetOf(request);
    requireRole(target.principal, "owner", "operator");
    const form = formOf(request);
    const accountSid = await readNewOwner(authenticator, target, form);
    const number = await changeNumber(db, target, { ...readNumberChanges(form), ...(accountSid && { accountSid }) });
    return sendResource(request, reply, presentNumber(number), { status: 200, format, name });
  }

  async function remove(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const target = targetOf(request);
    requireRole(target.principal, "owner", "operator");
    await releaseNumber(db, target);
    return sendDeleted(request, reply);
  }

  registerItem(app, "/Accounts/:account/IncomingPhoneNumbers/:sid", { GET: fetch, POST: update, DELETE: remove });
}

const name = "IncomingPhoneNumber";
const nothing: Page<Sender> = { items: [], hasOlder: false, hasNewer: false };

function targetOf(request: FastifyRequest): NumberTarget {
  const sid = withoutSuffix(parameterOf(request, "sid"));
  if (!isSid(sid, "PN")) throw notFound(request);
  return { ...callerOf(request), sid: canonicalSid(sid) };
}

/** `AccountSid`: the caller's account or a subaccount of it, and active. Throws `invalid-parameter` for any other. */
async function readNewOwner(
  authenticator: Authenticator,
  { principal }: NumberCaller,
  form: Form,
): Promise<AccountSid | undefined> {
  const given = first(form, "AccountSid");
  if (!given) return undefined;
  const account = await authenticator.accessToAccount(principal, given).catch((error: unknown) => {
    if (error instanceof GatewayError && error.code === "not-found") return null;
    throw error;
  });
  if (account !== null) requireRole({ ...principal, role: account.role }, "owner", "operator");
  if (account?.accountStatus === "active") return account.accountSid;
  throw invalid("AccountSid", "an active account of yours");
}
