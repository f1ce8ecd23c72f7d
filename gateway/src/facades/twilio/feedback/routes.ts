// The Feedback subresource: whether the recipient did what the message asked for. Only for messages that announced it.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../../../core/clock.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { Database } from "../../../store/database.ts";
import { insertEvent } from "../../../store/message-changes.ts";
import { saveFeedback } from "../../../store/message-media.ts";
import { requireRole } from "../auth.ts";
import { callerOf, formOf } from "../call.ts";
import { messageInPath } from "../messages/path.ts";
import { sendResource } from "../resource.ts";
import { type Format, parameterOf, registerCollection } from "../routing.ts";
import { presentFeedback } from "./present.ts";
import { readOutcome } from "./schema.ts";

export interface FeedbackRoutesDeps {
  readonly db: Database;
  readonly clock: Clock;
}

export function registerFeedbackRoutes(app: FastifyInstance, { db, clock }: FeedbackRoutesDeps): void {
  async function create(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    requireRole(callerOf(request).principal, "owner", "operator", "sender");
    const message = await messageInPath(db, request, parameterOf(request, "message"));
    const outcome = readOutcome(formOf(request));
    if (message.options.provideFeedback !== true) {
      throw new GatewayError(
        "feedback-not-expected",
        "This message takes no feedback: create it with ProvideFeedback=true.",
      );
    }
    const { accountSid, sid } = message;
    const feedback = await db.transaction(async (tx) => {
      await insertEvent(tx, accountSid, sid, { type: "message.feedback", data: { outcome } });
      return saveFeedback(tx, accountSid, sid, { outcome, at: new Date(clock.nowMs()) });
    });
    return sendResource(request, reply, presentFeedback(message, feedback), { status: 200, format, name: "Feedback" });
  }

  registerCollection(app, "/Accounts/:account/Messages/:message/Feedback", { POST: create });
}
