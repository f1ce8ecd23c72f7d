// The message that a path names, within the caller's account.

import type { FastifyRequest } from "fastify";
import { canonicalSid, isSid, type MessageSid } from "../../../core/ids.ts";
import type { Message } from "../../../core/messages/message.ts";
import type { Queryable } from "../../../store/database.ts";
import { findMessage } from "../../../store/message-queries.ts";
import { accountOf, notFound } from "../call.ts";
import { withoutSuffix } from "../routing.ts";

/** `SM….json` of a path as a SID, in lower case. Throws `not-found` for what is no message SID. */
export function messageSidInPath(request: FastifyRequest, name: string): MessageSid {
  const sid = withoutSuffix(name);
  if (!isSid(sid, "SM", "MM")) throw notFound(request);
  return canonicalSid(sid);
}

/** The message itself. Throws `not-found` if the account has none with this SID. */
export async function messageInPath(db: Queryable, request: FastifyRequest, name: string): Promise<Message> {
  const message = await findMessage(db, accountOf(request), messageSidInPath(request, name));
  if (message === null) throw notFound(request);
  return message;
}
