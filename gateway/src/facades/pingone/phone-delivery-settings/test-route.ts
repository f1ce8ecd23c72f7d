// `POST …/phoneDeliverySettings/{id}/test`, which PingOne does not have: sends a real message through this setting alone and
// says what came of it within ten seconds.

import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { GatewayError } from "../../../core/errors.ts";
import { errorTitle } from "../../../core/messages/error-titles.ts";
import { type ProviderTestDeps, sendProviderTest } from "../../../services/providers/send-test.ts";
import type { MessageDetail } from "../../../store/message-detail.ts";
import { environmentOf } from "../auth.ts";
import { readBody, text } from "../body.ts";
import { constraint, invalidData } from "../details.ts";
import { registerPath, sendJson } from "../resource.ts";
import { typeOf } from "./dialect.ts";
import { settingsPath } from "./present.ts";
import { findSetting, type PhoneDeliveryDeps } from "./routes.ts";

const body = z.object({
  to: text.min(1).max(64),
  from: text.min(1).max(64).optional(),
  message: text.min(1).max(1600).optional(),
});

export function registerSettingTest(app: FastifyInstance, deps: PhoneDeliveryDeps & ProviderTestDeps): void {
  registerPath(app, `/:environmentId${settingsPath}/:id/test`, {
    POST: async (request, reply) => {
      const environment = await environmentOf(deps, request);
      const provider = await findSetting(deps, request, environment);
      const { to, from, message } = readBody(body, request.body);
      if (typeOf(provider) === "CUSTOM_SYNIVERSE") {
        throw invalidData(
          constraint("id", "Nothing can be sent through Syniverse: this gateway has no connection to it"),
        );
      }
      const test = {
        ...{ to, isCallerGone: () => request.raw.socket.destroyed },
        ...(from === undefined ? {} : { from }),
        ...(message === undefined ? {} : { body: message }),
      };
      const detail = await sendProviderTest(deps, provider, test).catch(refuseMessage);
      return sendJson(reply, presentTest(detail));
    },
  });
}

const targets: Readonly<Record<string, string>> = { parameter: "from", to: "to", from: "from" };

/** What is wrong with the message is wrong with a field of this request. */
function refuseMessage(error: unknown): never {
  if (!(error instanceof GatewayError) || error.code === "not-found" || error.code === "database-unavailable")
    throw error;
  const named = Object.keys(error.values).find((name) => targets[name] !== undefined);
  const target = error.code.startsWith("from") || error.code === "missing-parameter" ? "from" : (named ?? "to");
  throw invalidData(constraint(targets[target] ?? target, error.message));
}

function presentTest({ message, attempts }: MessageDetail) {
  const last = attempts.at(-1);
  return {
    messageSid: message.sid,
    status: message.status.toUpperCase(),
    ...(message.errorCode === null
      ? {}
      : { errorCode: message.errorCode, errorMessage: errorTitle(message.errorCode) }),
    ...(last?.reason ? { reason: last.reason } : {}),
    ...(last?.carrierMessageId ? { providerMessageId: last.carrierMessageId } : {}),
  };
}
