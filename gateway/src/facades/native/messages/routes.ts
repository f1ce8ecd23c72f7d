// The account's messages: listed, shown with everything that happened to them, canceled while they wait for their time.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Clock } from "../../../core/clock.ts";
import { GatewayError } from "../../../core/errors.ts";
import { type AccountSid, canonicalSid, type MessageSid, type Uuid, uuidOf } from "../../../core/ids.ts";
import type { Message, MessageStatus } from "../../../core/messages/message.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import { changeMessage } from "../../../services/message-changes.ts";
import type { Database, Queryable } from "../../../store/database.ts";
import { findMessageDetail, listMessagesByStatus } from "../../../store/message-detail.ts";
import { listMessages } from "../../../store/message-queries.ts";
import { accountFor, senders } from "../auth.ts";
import { commonErrors, problem } from "../schema.ts";
import { presentMessage, presentSummary } from "./present.ts";
import * as schema from "./schema.ts";

export interface MessageRoutesDeps {
  readonly db: Database;
  readonly listDb: Queryable;
  readonly clock: Clock;
  readonly authenticator: Authenticator;
  /** Called after the commit that canceled a message. */
  readonly onCanceled: () => void;
}

const tags = ["messages"];

export function registerMessageRoutes(app: FastifyInstance, deps: MessageRoutesDeps): void {
  registerReading(app, deps);
  registerCanceling(app, deps);
}

function registerReading(app: FastifyInstance, { db, listDb, authenticator }: MessageRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
    "/messages",
    {
      schema: {
        tags,
        summary: "Messages, newest first",
        querystring: schema.messagesQuery,
        response: { 200: schema.messagesReply, ...commonErrors },
      },
    },
    async (request) => {
      const { account, before, ...filter } = request.query;
      const accountSid = await accountFor(authenticator, request, account);
      const page = await readPage(listDb, accountSid, {
        ...filter,
        before: before === undefined ? null : uuidOf(before),
      });
      return { messages: page.items.map(presentSummary), next: page.next };
    },
  );
  routes.get(
    "/messages/:sid",
    {
      schema: {
        tags,
        summary: "One message with its attempts and timeline",
        params: schema.messageParams,
        querystring: schema.messageQuery,
        response: { 200: schema.message, ...commonErrors },
      },
    },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.query.account);
      const detail = await findMessageDetail(db, accountSid, canonicalSid<MessageSid>(request.params.sid));
      if (detail === null) throw new GatewayError("not-found", `The account has no message ${request.params.sid}.`);
      return presentMessage(detail);
    },
  );
}

function registerCanceling(app: FastifyInstance, deps: MessageRoutesDeps): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    "/messages/:sid/cancel",
    {
      config: { roles: senders },
      schema: {
        tags,
        summary: "Cancel a scheduled message",
        params: schema.messageParams,
        querystring: schema.messageQuery,
        response: {
          200: schema.messageSummary,
          409: problem("It is not scheduled (any more)."),
          ...commonErrors,
        },
      },
    },
    async (request) => {
      const accountSid = await accountFor(deps.authenticator, request, request.query.account);
      const sid = canonicalSid<MessageSid>(request.params.sid);
      const change = { cancel: true, redact: false };
      return presentSummary(await changeMessage(deps, { principal: request.principal, accountSid, sid, change }));
    },
  );
}

interface PageRequest {
  readonly to?: string | undefined;
  readonly from?: string | undefined;
  readonly status?: MessageStatus | undefined;
  readonly before: Uuid | null;
  readonly limit: number;
}

async function readPage(
  db: Queryable,
  accountSid: AccountSid,
  { to, from, status, before, limit }: PageRequest,
): Promise<{ items: readonly Message[]; next: string | null }> {
  const addresses = { ...(to === undefined ? {} : { to }), ...(from === undefined ? {} : { from }) };
  if (status !== undefined) {
    const page = await listMessagesByStatus(db, accountSid, { ...addresses, status, before, limit });
    return { items: page.items, next: page.next === null ? null : `SM${page.next.replaceAll("-", "")}` };
  }
  const cursor = before === null ? null : ({ direction: "older", id: before } as const);
  const page = await listMessages(db, accountSid, { filter: addresses, limit, cursor });
  return { items: page.items, next: page.hasOlder ? (page.items.at(-1)?.sid ?? null) : null };
}
