// The Messages resource: create, list, fetch, update (redact, cancel), delete.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { uuidOf } from "../../../core/ids.ts";
import type { Acceptance, Accepted } from "../../../services/acceptance.ts";
import { changeMessage, type MessageChangeDeps, removeMessage } from "../../../services/message-changes.ts";
import type { Queryable } from "../../../store/database.ts";
import { listMessages } from "../../../store/message-queries.ts";
import { requireRole } from "../auth.ts";
import { answer, callerOf, formOf, pathOf, queryOf } from "../call.ts";
import { presentEnvelope, readPageRequest } from "../paging.ts";
import { sendDeleted, sendList, sendResource } from "../resource.ts";
import { type Format, parameterOf, registerCollection, registerItem } from "../routing.ts";
import { readLeniently } from "./lenient-request.ts";
import { messageInPath, messageSidInPath } from "./path.ts";
import { presentMessage } from "./present.ts";
import { readIdempotency, readMessageFilters, readMessageRequest, readMessageUpdate } from "./schema.ts";

export interface MessageRoutesDeps extends MessageChangeDeps {
  readonly acceptance: Acceptance;
  readonly listDb: Queryable;
  /** Where numbers without a country are; null: such numbers are refused, except of callers with a name of their own. */
  readonly defaultRegion: string | null;
}

export function registerMessageRoutes(app: FastifyInstance, deps: MessageRoutesDeps): void {
  const { db, listDb, acceptance, defaultRegion } = deps;

  function create(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const { principal, accountSid } = callerOf(request);
    requireRole(principal, "owner", "operator", "sender");
    const form = formOf(request);
    const idempotency = readIdempotency(request.headers["idempotency-key"], accountSid, form);
    const asked = readLeniently(readMessageRequest(form), principal, defaultRegion);
    return acceptance
      .accept(accountSid, asked, idempotency === undefined ? undefined : { idempotency })
      .then((accepted) => sendCreated(request, reply, accepted, format));
  }

  async function list(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const { accountSid } = callerOf(request);
    const query = queryOf(request);
    const { filter, echoed } = readMessageFilters(query);
    const page = readPageRequest(query, "SM", "MM");
    const cursor = page.token === null ? null : { direction: page.token.direction, id: uuidOf(page.token.sid) };
    const { items, hasOlder, hasNewer } = await listMessages(listDb, accountSid, {
      filter,
      limit: page.pageSize,
      cursor,
    });
    const result = { sids: items.map((message) => message.sid), hasOlder, hasNewer };
    const envelope = presentEnvelope(pathOf(request), echoed, page, result);
    return sendList(
      request,
      reply,
      { envelope, items: items.map((message) => presentMessage(message)) },
      { ...asList, format },
    );
  }

  async function fetch(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const message = await messageInPath(db, request, parameterOf(request, "sid"));
    return sendResource(request, reply, presentMessage(message), { ...asResource, format });
  }

  async function update(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const { principal, accountSid } = callerOf(request);
    requireRole(principal, "owner", "operator", "sender");
    const sid = messageSidInPath(request, parameterOf(request, "sid"));
    const change = readMessageUpdate(formOf(request));
    const message = await changeMessage(deps, { principal, accountSid, sid, change });
    return sendResource(request, reply, presentMessage(message), { ...asResource, format });
  }

  async function remove(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { principal, accountSid } = callerOf(request);
    requireRole(principal, "owner", "operator");
    const sid = messageSidInPath(request, parameterOf(request, "sid"));
    await removeMessage(deps, { principal, accountSid, sid });
    return sendDeleted(request, reply);
  }

  registerCollection(app, "/Accounts/:account/Messages", { GET: list, POST: create }, { withCsv: true });
  registerItem(app, "/Accounts/:account/Messages/:sid", { GET: fetch, POST: update, DELETE: remove });
}

const asResource = { status: 200, name: "Message" };
const asList = {
  key: "messages",
  name: "Messages",
  itemName: "Message",
  columns: [
    "sid",
    "date_created",
    "date_updated",
    "date_sent",
    "account_sid",
    "to",
    "from",
    "messaging_service_sid",
    "body",
    "status",
    "num_segments",
    "num_media",
    "direction",
    "api_version",
    "price",
    "price_unit",
    "error_code",
    "error_message",
    "uri",
  ],
};

function sendCreated(
  request: FastifyRequest,
  reply: FastifyReply,
  { message, replayed }: Accepted,
  format: Format,
): FastifyReply {
  const resource = presentMessage(message, { created: true });
  if (replayed || format !== "json") {
    const headers = replayed ? { "idempotent-replayed": "true" } : {};
    return sendResource(request, reply, resource, { status: 201, format, name: "Message", headers });
  }
  return answer(request, reply, {
    status: 201,
    contentType: "application/json; charset=utf-8",
    body: JSON.stringify(resource),
  });
}
