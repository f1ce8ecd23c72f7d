// The SafeList: numbers, and thousands of numbers, that protection and geo permissions leave alone. There is no list of
// them, and the number is the only way to an entry.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../../../../core/clock.ts";
import { addToSafeList, removeFromSafeList } from "../../../../services/safe-list.ts";
import type { Database } from "../../../../store/database.ts";
import { findSafeListEntry } from "../../../../store/safe-list.ts";
import { requireRole } from "../../auth.ts";
import { callerOf, formOf, notFound, queryOf } from "../../call.ts";
import { sendDeleted, sendJson } from "../../resource.ts";
import { registerPath } from "../../routing.ts";
import { createMinuteLimit } from "../limits.ts";
import { presentSafeListEntry } from "./present.ts";
import { readSafeListNumber } from "./schema.ts";

const requestsPerMinute = 500;

interface Deps {
  readonly db: Database;
  readonly clock: Clock;
}

export function registerSafeListRoutes(app: FastifyInstance, { db, clock }: Deps): void {
  const limit = createMinuteLimit(clock, requestsPerMinute);

  async function create(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const caller = callerOf(request);
    requireRole(caller.principal, "owner", "operator");
    limit(caller.accountSid);
    const entry = await addToSafeList(db, caller, readSafeListNumber(formOf(request)));
    return sendJson(request, reply, presentSafeListEntry(entry), { status: 201 });
  }

  async function fetch(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { accountSid } = callerOf(request);
    limit(accountSid);
    const entry = await findSafeListEntry(db, accountSid, readSafeListNumber(queryOf(request)));
    if (entry === null) throw notFound(request);
    return sendJson(request, reply, presentSafeListEntry(entry));
  }

  async function remove(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const caller = callerOf(request);
    requireRole(caller.principal, "owner", "operator");
    limit(caller.accountSid);
    await removeFromSafeList(db, caller, readSafeListNumber(queryOf(request)));
    return sendDeleted(request, reply);
  }

  registerPath(app, "/SafeList/Numbers", { GET: fetch, POST: create, DELETE: remove });
}
