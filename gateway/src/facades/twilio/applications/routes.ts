// The Applications resource: create, list, fetch, update, delete.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { canonicalSid, isSid } from "../../../core/ids.ts";
import {
  type ApplicationTarget,
  changeApplication,
  createApplication,
  removeApplication,
} from "../../../services/applications.ts";
import { findApplication, listApplications } from "../../../store/applications.ts";
import type { Database } from "../../../store/database.ts";
import { requireRole } from "../auth.ts";
import { callerOf, formOf, notFound, queryOf } from "../call.ts";
import { sendCorePage } from "../core-list.ts";
import { readPageRequest } from "../paging.ts";
import { pageQueryOf } from "../products/page.ts";
import { sendDeleted, sendResource } from "../resource.ts";
import { type Format, parameterOf, registerCollection, registerItem, withoutSuffix } from "../routing.ts";
import { readFilters } from "../webhook-parameters.ts";
import { presentApplication } from "./present.ts";
import { readApplicationChanges } from "./schema.ts";

export function registerApplicationRoutes(app: FastifyInstance, { db }: { readonly db: Database }): void {
  async function create(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const caller = callerOf(request);
    requireRole(caller.principal, "owner", "operator");
    const application = await createApplication(db, caller, readApplicationChanges(formOf(request)));
    return sendResource(request, reply, presentApplication(application), { status: 201, format, name });
  }

  async function list(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const { accountSid } = callerOf(request);
    const page = readPageRequest(queryOf(request), "AP");
    const { filters, echoed } = readFilters(queryOf(request), ["FriendlyName"]);
    const named = filters.FriendlyName === undefined ? {} : { friendlyName: filters.FriendlyName };
    const result = await listApplications(db, { accountSid, ...named }, pageQueryOf(page));
    return sendCorePage(request, reply, {
      ...{ key: "applications", name: "Applications", itemName: name, format },
      ...{ page, filters: echoed, result, present: presentApplication },
    });
  }

  async function fetch(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const { accountSid, sid } = targetOf(request);
    const application = await findApplication(db, accountSid, sid);
    if (application === null) throw notFound(request);
    return sendResource(request, reply, presentApplication(application), { status: 200, format, name });
  }

  async function update(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const target = targetOf(request);
    requireRole(target.principal, "owner", "operator");
    const application = await changeApplication(db, target, readApplicationChanges(formOf(request)));
    return sendResource(request, reply, presentApplication(application), { status: 200, format, name });
  }

  async function remove(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const target = targetOf(request);
    requireRole(target.principal, "owner", "operator");
    await removeApplication(db, target);
    return sendDeleted(request, reply);
  }

  registerCollection(app, "/Accounts/:account/Applications", { GET: list, POST: create });
  registerItem(app, "/Accounts/:account/Applications/:sid", { GET: fetch, POST: update, DELETE: remove });
}

const name = "Application";

function targetOf(request: FastifyRequest): ApplicationTarget {
  const sid = withoutSuffix(parameterOf(request, "sid"));
  if (!isSid(sid, "AP")) throw notFound(request);
  return { ...callerOf(request), sid: canonicalSid(sid) };
}
