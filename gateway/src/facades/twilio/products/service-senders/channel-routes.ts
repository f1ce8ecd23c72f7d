// ChannelSenders of a messaging service. The gateway has no senders on channels such as WhatsApp, so the list is empty and
// no SID names one.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Database } from "../../../../store/database.ts";
import { formOf, notFound, queryOf } from "../../call.ts";
import { readPageRequest } from "../../paging.ts";
import { registerPath } from "../../routing.ts";
import { sendPage } from "../page.ts";
import { requiredText } from "../parameters.ts";
import { existingServiceInPath } from "../services/path.ts";

export function registerChannelSenderRoutes(app: FastifyInstance, { db }: { readonly db: Database }): void {
  async function list(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const page = readPageRequest(queryOf(request), "XE");
    await existingServiceInPath(db, request);
    const result = { items: [], hasOlder: false, hasNewer: false };
    return sendPage(request, reply, { key: "senders", page, result, present: (none: never) => none });
  }

  async function create(request: FastifyRequest): Promise<never> {
    await existingServiceInPath(db, request);
    requiredText(formOf(request), "Sid");
    throw notFound(request);
  }

  async function refuse(request: FastifyRequest): Promise<never> {
    throw notFound(request);
  }

  registerPath(app, "/Services/:service/ChannelSenders", { GET: list, POST: create });
  registerPath(app, "/Services/:service/ChannelSenders/:sid", { GET: refuse, DELETE: refuse });
}
