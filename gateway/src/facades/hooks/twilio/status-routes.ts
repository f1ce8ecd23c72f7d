// Delivery reports of upstreams: `POST|GET /hooks/twilio/{provider}/status/{message}/{attempt}/{mac}`. The MAC says that
// this gateway gave the URL out for this very attempt; a signature, where there is one, must be good as well. Answered
// after the commit, so that a report that was answered is not lost.

import type { FastifyInstance, FastifyRequest } from "fastify";
import type { UpstreamUrls } from "../../../core/callbacks/upstream-url.ts";
import { GatewayError } from "../../../core/errors.ts";
import { canonicalSid, isSid, type MessageSid } from "../../../core/ids.ts";
import type { ReportingProvider } from "../../../core/providers/provider.ts";
import { reportErrorCode, upstreamStatusOf } from "../../../core/reports/upstream-status.ts";
import type { CalledProviders } from "../../../services/upstream-reports/called-providers.ts";
import type { ReportIntake } from "../../../services/upstream-reports/report-intake.ts";
import { type HookCall, readCall } from "./fields.ts";
import { noProvider, type ProviderPath, providerIdOf } from "./provider-path.ts";
import { badSignature, isSigned, signatureOf, tokensOf } from "./signed-call.ts";
import { storableField } from "./storable-field.ts";

export interface StatusHookDeps {
  readonly calledProviders: CalledProviders;
  readonly upstreamUrls: UpstreamUrls;
  readonly reportIntake: ReportIntake;
}

interface StatusPath extends ProviderPath {
  readonly message: string;
  readonly attempt: string;
  readonly mac: string;
}

interface CalledAttempt {
  readonly messageSid: MessageSid;
  readonly attempt: number;
}

export function registerStatusHook(app: FastifyInstance, deps: StatusHookDeps): void {
  app.route<{ Params: StatusPath }>({
    method: ["GET", "POST"],
    url: "/twilio/:provider/status/:message/:attempt/:mac",
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const attempt = attemptOf(request.params);
      const call = readCall(request);
      const provider = await provenProvider(deps, request, { attempt, call });
      const report = readReport(call);
      if (report !== null) {
        const { accountSid, id: providerId } = provider;
        await deps.reportIntake.take({ accountSid, providerId, ...attempt, ...report });
      }
      return reply.code(204).send();
    },
  });
}

const badMac = () => new GatewayError("forbidden", "This gateway gave out no such URL for delivery reports.");

function attemptOf({ message, attempt }: StatusPath): CalledAttempt {
  if (!isSid(message, "SM", "MM") || !/^[1-9]\d{0,8}$/.test(attempt)) throw badMac();
  return { messageSid: canonicalSid<MessageSid>(message), attempt: Number(attempt) };
}

/** The provider that the URL was given to, deleted since or not. Throws `forbidden` unless the call proves that it comes from there. */
async function provenProvider(
  { calledProviders, upstreamUrls }: StatusHookDeps,
  request: FastifyRequest<{ Params: StatusPath }>,
  { attempt, call }: { readonly attempt: CalledAttempt; readonly call: HookCall },
): Promise<ReportingProvider> {
  const id = providerIdOf(request.params);
  const isNamed = (one: ReportingProvider) => upstreamUrls.isStatusMac(one, attempt, request.params.mac);
  const isGood = (one: ReportingProvider) =>
    signatureOf(request) === null || tokensOf(one).length === 0 || isSigned(upstreamUrls, one, request, call);
  const found = await calledProviders.findReporting("twilio", id);
  if (found.length === 0) throw noProvider();
  const named = found.filter(isNamed);
  if (named.length === 0) throw badMac();
  const provider = named.find(isGood);
  if (provider !== undefined) return provider;
  const now = (await calledProviders.findReportingNow("twilio", id)).filter(isNamed).find(isGood);
  if (now === undefined) throw badSignature();
  return now;
}

/** Null: a status that says nothing here. Throws `missing-parameter`. */
function readReport(call: HookCall) {
  const carrierMessageId = call.valueOf("MessageSid") || call.valueOf("SmsSid");
  const text = call.valueOf("MessageStatus") || call.valueOf("SmsStatus");
  if (text === "") throw new GatewayError("missing-parameter", "The request has no MessageStatus.");
  const status = upstreamStatusOf(text);
  if (status === null) return null;
  return {
    carrierMessageId: storableField("MessageSid", carrierMessageId),
    status,
    errorCode: reportErrorCode(status, call.valueOf("ErrorCode") || null),
  };
}
