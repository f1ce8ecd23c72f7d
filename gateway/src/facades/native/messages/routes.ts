// The account's messages: found, shown with everything that happened to them, canceled while they
// wait for their time, redacted.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { numberForms } from "../../../core/addresses/number-forms.ts";
import type { Clock } from "../../../core/clock.ts";
import { GatewayError } from "../../../core/errors.ts";
import { canonicalSid, type MessageSid, type Uuid, uuidOf } from "../../../core/ids.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import { changeMessage } from "../../../services/message-changes.ts";
import type { Database, Queryable } from "../../../store/database.ts";
import { findMessageDetail } from "../../../store/message-detail.ts";
import { searchMessages } from "../../../store/message-search.ts";
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
  registerChanging(app, deps);
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
      const { account, before, since, until, provider, number, ...filter } = request.query;
      const accountSid = await accountFor(authenticator, request, account);
      const page = await searchMessages(listDb, accountSid, {
        ...filter,
        numbers: number === undefined ? undefined : numberForms(number),
        providerId: provider as Uuid | undefined,
        since: since === undefined ? undefined : new Date(since),
        until: until === undefined ? undefined : new Date(until),
        before: before === undefined ? undefined : uuidOf(before),
      });
      const next = page.next === null ? null : `SM${page.next.replaceAll("-", "")}`;
      return { messages: page.items.map(presentSummary), next };
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

function registerChanging(app: FastifyInstance, deps: MessageRoutesDeps): void {
  const changes = [
    ["cancel", "Cancel a scheduled message", "It is not scheduled (any more).", { cancel: true, redact: false }],
    ["redact", "Take a message's text and media away", "It is not final yet.", { cancel: false, redact: true }],
  ] as const;
  for (const [path, summary, conflict, change] of changes) {
    app.withTypeProvider<ZodTypeProvider>().post(
      `/messages/:sid/${path}`,
      {
        config: { roles: senders },
        schema: {
          ...{ tags, summary, params: schema.messageParams, querystring: schema.messageQuery },
          response: { 200: schema.messageSummary, 409: problem(conflict), ...commonErrors },
        },
      },
      async (request) => {
        const accountSid = await accountFor(deps.authenticator, request, request.query.account);
        const sid = canonicalSid<MessageSid>(request.params.sid);
        return presentSummary(await changeMessage(deps, { principal: request.principal, accountSid, sid, change }));
      },
    );
  }
}
