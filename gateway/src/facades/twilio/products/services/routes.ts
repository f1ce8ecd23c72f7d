// The Services resource of Messaging v1: create, list, fetch, update, delete, and the list of use cases.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { MessagingService } from "../../../../core/senders/messaging-service.ts";
import {
  changeMessagingService,
  createMessagingService,
  removeMessagingService,
} from "../../../../services/messaging-services.ts";
import type { Database } from "../../../../store/database.ts";
import { findMessagingService, listMessagingServices } from "../../../../store/messaging-services.ts";
import { publicUrlOf } from "../../../listener.ts";
import { requireRole } from "../../auth.ts";
import { callerOf, formOf, notFound, queryOf } from "../../call.ts";
import { readPageRequest } from "../../paging.ts";
import { sendDeleted, sendJson } from "../../resource.ts";
import { registerPath } from "../../routing.ts";
import { pageQueryOf, sendPage } from "../page.ts";
import { serviceInPath } from "./path.ts";
import { presentService, presentUsecases } from "./present.ts";
import { readNewService, readServiceChanges } from "./schema.ts";

export function registerServiceRoutes(app: FastifyInstance, { db }: { readonly db: Database }): void {
  async function create(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const caller = callerOf(request);
    requireRole(caller.principal, "owner", "operator");
    const service = await createMessagingService(db, caller, readNewService(formOf(request)));
    return sendJson(request, reply, presentService(service, publicUrlOf(request)), { status: 201 });
  }

  async function list(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { accountSid } = callerOf(request);
    const page = readPageRequest(queryOf(request), "MG");
    const result = await listMessagingServices(db, accountSid, pageQueryOf(page));
    const origin = publicUrlOf(request);
    const present = (service: MessagingService) => presentService(service, origin);
    return sendPage(request, reply, { key: "services", page, result, present });
  }

  async function fetch(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { accountSid, sid } = serviceInPath(request);
    const service = await findMessagingService(db, accountSid, sid);
    if (service === null) throw notFound(request);
    return sendJson(request, reply, presentService(service, publicUrlOf(request)));
  }

  async function update(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const target = serviceInPath(request);
    requireRole(target.principal, "owner", "operator");
    const service = await changeMessagingService(db, target, readServiceChanges(formOf(request)));
    return sendJson(request, reply, presentService(service, publicUrlOf(request)));
  }

  async function remove(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const target = serviceInPath(request);
    requireRole(target.principal, "owner", "operator");
    await removeMessagingService(db, target);
    return sendDeleted(request, reply);
  }

  async function listUsecases(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    return sendJson(request, reply, presentUsecases());
  }

  registerPath(app, "/Services", { GET: list, POST: create });
  registerPath(app, "/Services/Usecases", { GET: listUsecases });
  registerPath(app, "/Services/:service", { GET: fetch, POST: update, DELETE: remove });
}
