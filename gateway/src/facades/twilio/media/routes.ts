// The Media subresource of messages: list, fetch, delete, and the bytes, which are a redirect to where they are stored.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { actorOf } from "../../../core/access/principal.ts";
import { canonicalSid, isSid, sidOf, uuidOf } from "../../../core/ids.ts";
import { writeAudit } from "../../../store/audit.ts";
import type { Database } from "../../../store/database.ts";
import { deleteMedia, listMedia, type Media } from "../../../store/message-media.ts";
import { requireRole } from "../auth.ts";
import { answer, callerOf, notFound, pathOf, queryOf } from "../call.ts";
import { readDateFilters } from "../date-filters.ts";
import type { TimeRange } from "../dates.ts";
import { messageInPath } from "../messages/path.ts";
import { type PageRequest, presentEnvelope, readPageRequest } from "../paging.ts";
import { sendDeleted, sendList, sendResource } from "../resource.ts";
import { type Format, hasSuffix, parameterOf, registerCollection, registerItem, withoutSuffix } from "../routing.ts";
import { presentMedia } from "./present.ts";

export function registerMediaRoutes(app: FastifyInstance, { db }: { readonly db: Database }): void {
  async function list(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const query = queryOf(request);
    const { range, echoed } = readDateFilters(query, "DateCreated");
    const page = readPageRequest(query, "ME");
    const message = await messageInPath(db, request, parameterOf(request, "message"));
    const media = (await listMedia(db, message.accountSid, message.sid)).filter((item) => isWithin(item, range));
    const { items, ...rest } = pageOf(media, page);
    const envelope = presentEnvelope(pathOf(request), echoed, page, { sids: items.map(sidOfMedia), ...rest });
    const form = { key: "media_list", name: "MediaList", itemName: "Media", format };
    return sendList(request, reply, { envelope, items: items.map(presentMedia) }, form);
  }

  async function fetch(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const media = await mediaInPath(db, request);
    if (hasSuffix(pathOf(request))) {
      return sendResource(request, reply, presentMedia(media), { status: 200, format, name: "Media" });
    }
    return answer(request, reply, { status: 307, headers: { location: new URL(media.url).href } });
  }

  async function remove(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { principal } = callerOf(request);
    requireRole(principal, "owner", "operator");
    const { accountSid, messageSid, id } = await mediaInPath(db, request);
    const deleted = await db.transaction(async (tx) => {
      if (!(await deleteMedia(tx, accountSid, messageSid, id))) return false;
      const entry = {
        accountSid,
        actor: actorOf(principal),
        subject: sidOf("ME", id),
        before: { messageSid },
        after: null,
      };
      await writeAudit(tx, { ...entry, action: "media.deleted" });
      return true;
    });
    if (!deleted) throw notFound(request);
    return sendDeleted(request, reply);
  }

  registerCollection(app, "/Accounts/:account/Messages/:message/Media", { GET: list });
  registerItem(app, "/Accounts/:account/Messages/:message/Media/:media", { GET: fetch, DELETE: remove });
}

async function mediaInPath(db: Database, request: FastifyRequest): Promise<Media> {
  const sid = withoutSuffix(parameterOf(request, "media"));
  if (!isSid(sid, "ME")) throw notFound(request);
  const message = await messageInPath(db, request, parameterOf(request, "message"));
  const id = uuidOf(sid);
  const media = (await listMedia(db, message.accountSid, message.sid)).find((item) => item.id === id);
  if (media === undefined) throw notFound(request);
  return media;
}

function sidOfMedia(media: Media): string {
  return sidOf("ME", media.id);
}

/** Dates are shown to the second: the bounds of a range are whole seconds, so milliseconds do not matter. */
function isWithin({ createdAt }: Media, { fromMs, beforeMs }: TimeRange): boolean {
  const createdMs = createdAt.getTime();
  return (fromMs === undefined || createdMs >= fromMs) && (beforeMs === undefined || createdMs < beforeMs);
}

/** A message has ten media items at most, in the order in which they were given: paged in memory. */
function pageOf(media: readonly Media[], { pageSize, token }: PageRequest) {
  const at = token === null ? -1 : media.findIndex((item) => sidOfMedia(item) === canonicalSid(token.sid));
  // A token of an item that is gone: nothing follows it.
  if (token !== null && at < 0) return { items: [], hasOlder: false, hasNewer: false };
  const start = token?.direction === "newer" ? Math.max(at - pageSize, 0) : at + 1;
  const end = token?.direction === "newer" ? at : start + pageSize;
  return { items: media.slice(start, end), hasOlder: end < media.length, hasNewer: start > 0 };
}
