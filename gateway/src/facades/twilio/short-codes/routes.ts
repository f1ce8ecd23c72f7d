// The ShortCodes resource: list, fetch, update. Short codes are given to an account by its operator, not by this API.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { canonicalSid, isSid } from "../../../core/ids.ts";
import { changeNumber, type NumberTarget } from "../../../services/phone-numbers.ts";
import type { Database } from "../../../store/database.ts";
import { listNumbers } from "../../../store/numbers.ts";
import { findSender } from "../../../store/senders.ts";
import { requireRole } from "../auth.ts";
import { callerOf, formOf, notFound, queryOf } from "../call.ts";
import { sendCorePage } from "../core-list.ts";
import { readPageRequest } from "../paging.ts";
import { pageQueryOf } from "../products/page.ts";
import { sendResource } from "../resource.ts";
import { type Format, parameterOf, registerCollection, registerItem, withoutSuffix } from "../routing.ts";
import { presentShortCode } from "./present.ts";
import { readShortCodeChanges, readShortCodeFilters } from "./schema.ts";

export function registerShortCodeRoutes(app: FastifyInstance, { db }: { readonly db: Database }): void {
  async function list(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const { accountSid } = callerOf(request);
    const page = readPageRequest(queryOf(request), "SC");
    const { filter, echoed } = readShortCodeFilters(queryOf(request));
    const result = await listNumbers(db, accountSid, filter, pageQueryOf(page));
    return sendCorePage(request, reply, {
      ...{ key: "short_codes", name: "ShortCodes", itemName: name, format },
      ...{ page, filters: echoed, result, present: presentShortCode },
    });
  }

  async function fetch(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const { accountSid, sid } = targetOf(request);
    const shortCode = await findSender(db, accountSid, sid);
    if (shortCode === null) throw notFound(request);
    return sendResource(request, reply, presentShortCode(shortCode), { status: 200, format, name });
  }

  async function update(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const target = targetOf(request);
    requireRole(target.principal, "owner", "operator");
    const shortCode = await changeNumber(db, target, readShortCodeChanges(formOf(request)));
    return sendResource(request, reply, presentShortCode(shortCode), { status: 200, format, name });
  }

  registerCollection(app, "/Accounts/:account/SMS/ShortCodes", { GET: list });
  registerItem(app, "/Accounts/:account/SMS/ShortCodes/:sid", { GET: fetch, POST: update });
}

const name = "ShortCode";

function targetOf(request: FastifyRequest): NumberTarget {
  const sid = withoutSuffix(parameterOf(request, "sid"));
  if (!isSid(sid, "SC")) throw notFound(request);
  return { ...callerOf(request), sid: canonicalSid(sid) };
}
