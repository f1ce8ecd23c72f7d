// `/api/system/event-log`: what the account's messengers did (those with debug) and what went wrong with them.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GatewayError } from "../../../core/errors.ts";
import type { Queryable } from "../../../store/database.ts";
import { findEventLogEntry, type StoredEventLogEntry, searchEventLog } from "../../../store/event-log.ts";
import { callerIn } from "../auth.ts";
import { bodyOf, sendJson } from "../body.ts";
import { refuse } from "../errors.ts";
import { invalid } from "../fields.ts";
import type { JsonObject } from "../json/parse.ts";
import { registerPath } from "../routing.ts";
import { readSearch, searchInQuery } from "./schema.ts";

export interface EventLogRoutesDeps {
  readonly db: Queryable;
  /** For lists that may have to look through many rows. */
  readonly listDb: Queryable;
}

const base = "/api/system/event-log";
const one = { names: [base], isGlobal: false, needsKeyManager: false };
const searching = { names: [`${base}/search`, base], isGlobal: false, needsKeyManager: false };

export function registerEventLogRoutes(app: FastifyInstance, { db, listDb }: EventLogRoutesDeps): void {
  async function search(request: FastifyRequest, reply: FastifyReply, asked: JsonObject): Promise<FastifyReply> {
    const { accountSid } = callerIn(request);
    const { entries, total } = await searchEventLog(listDb, accountSid, readSearch(asked));
    return sendJson(reply, { eventLogs: entries.map(presentEntry), total });
  }

  registerPath(app, ["/system/event-log/search"], searching, {
    GET: (request, reply) => search(request, reply, searchInQuery(queryOf(request))),
    POST: async (request, reply) => search(request, reply, bodyOf(request)),
  });
  registerPath(app, ["/system/event-log/:eventLogId"], one, {
    async GET(request, reply) {
      const { accountSid } = callerIn(request);
      const { eventLogId = "" } = request.params as { eventLogId?: string };
      if (!/^\d{1,15}$/.test(eventLogId)) throw refuse(invalid("eventLogId", "It must be a whole number."));
      const entry = await findEventLogEntry(db, accountSid, Number(eventLogId));
      if (entry === null) throw new GatewayError("not-found", `The event log has no entry ${eventLogId}.`);
      return sendJson(reply, { eventLog: presentEntry(entry) });
    },
  });
}

function queryOf({ raw }: FastifyRequest): URLSearchParams {
  return new URLSearchParams((raw.url ?? "").split("?")[1] ?? "");
}

const types = { information: "Information", debug: "Debug", error: "Error" } as const;

function presentEntry({ id, message, type, at }: StoredEventLogEntry): JsonObject {
  return { id, insertInstant: at.getTime(), message, type: types[type] };
}
