// Sending by hand: a new message, and one that was sent before once more. Both go the way of every other message, through
// acceptance: consent, geo permissions and protection hold for them as well.

import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { GatewayError } from "../../../core/errors.ts";
import { type AccountSid, canonicalSid, type MessageSid } from "../../../core/ids.ts";
import type { Message } from "../../../core/messages/message.ts";
import type { Idempotency, MessageRequest } from "../../../core/messages/request.ts";
import type { Acceptance } from "../../../services/acceptance.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import type { Database } from "../../../store/database.ts";
import { findMessage } from "../../../store/message-queries.ts";
import { accountFor, senders } from "../auth.ts";
import { commonErrors, problem } from "../schema.ts";
import { presentSummary } from "./present.ts";
import * as schema from "./schema.ts";

export interface SendingRoutesDeps {
  readonly db: Database;
  readonly authenticator: Authenticator;
  readonly acceptance: Acceptance;
}

const tags = ["messages"];
const repeated = problem("The key was used for another message, or the message cannot be sent again.");

export function registerSendingRoutes(
  app: FastifyInstance,
  { db, authenticator, acceptance }: SendingRoutesDeps,
): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();

  async function send(request: FastifyRequest, accountSid: AccountSid, message: MessageRequest) {
    const key = request.headers["idempotency-key"];
    const idempotency = typeof key === "string" ? idempotencyOf(key, message) : null;
    const accepted = await acceptance.accept(accountSid, message, idempotency === null ? {} : { idempotency });
    return presentSummary(accepted.message);
  }

  routes.post(
    "/messages",
    {
      config: { roles: senders },
      schema: {
        ...{ tags, summary: "Send a message", headers: schema.sendHeaders, body: schema.newMessage },
        response: { 201: schema.messageSummary, 409: repeated, ...commonErrors },
      },
    },
    async (request, reply) => {
      const { account, ...message } = request.body;
      const accountSid = await accountFor(authenticator, request, account);
      return reply.code(201).send(await send(request, accountSid, given(message)));
    },
  );
  routes.post(
    "/messages/:sid/resend",
    {
      config: { roles: senders },
      schema: {
        ...{ tags, summary: "Send the same text to the same recipient once more, as a new message" },
        ...{ params: schema.messageParams, querystring: schema.messageQuery, headers: schema.sendHeaders },
        response: { 201: schema.messageSummary, 409: repeated, ...commonErrors },
      },
    },
    async (request, reply) => {
      const accountSid = await accountFor(authenticator, request, request.query.account);
      const message = await findMessage(db, accountSid, canonicalSid<MessageSid>(request.params.sid));
      if (message === null) throw new GatewayError("not-found", `The account has no message ${request.params.sid}.`);
      return reply.code(201).send(await send(request, accountSid, sameAgain(message)));
    },
  );
}

/** Throws `conflict` for what has nothing that could be sent again. */
function sameAgain(message: Message): MessageRequest {
  if (message.direction === "inbound") {
    throw new GatewayError("conflict", "This message came in; only what was sent can be sent again.");
  }
  if (message.numMedia > 0) {
    throw new GatewayError("conflict", "A message with media is sent again by the application that has them.");
  }
  if (message.body === "") {
    throw new GatewayError("conflict", "The text of this message is gone; send a new message instead.");
  }
  const { to, body, messagingServiceSid, options } = message;
  // What the routing had picked is picked anew.
  const from = messagingServiceSid !== null || options.openSender === true ? undefined : (message.from ?? undefined);
  return given({ to, body, from, messagingServiceSid: messagingServiceSid ?? undefined });
}

function given(fields: Readonly<Record<string, string | undefined>>): MessageRequest {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** The digest says what was asked, whatever the order of its fields; never equal to that of another facade's request. */
function idempotencyOf(key: string, message: MessageRequest): Idempotency {
  const fields = Object.entries(message).sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    key,
    requestHash: createHash("sha256")
      .update(`native ${JSON.stringify(fields)}`)
      .digest(),
  };
}
