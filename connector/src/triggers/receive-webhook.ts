// What both webhook triggers do: check the signature, read the request, choose the answer. What could not be verified is
// never handed on to the flow.

import type { ActionInputParameters, ActionLogger, HttpResponse, TriggerPayload } from "@prismatic-io/spectral";
import {
  checkTwiml,
  checkWebhook,
  emptyTwiml,
  readUncheckedWebhook,
  replyTwiml,
  type Webhook,
  type WebhookEvent,
} from "trunkline/actions";
import { connectionError, isConnection, signingKeyOf } from "../connections/use-connection.ts";
import type { webhookInputs } from "./webhook-inputs.ts";

type WebhookParams = ActionInputParameters<typeof webhookInputs>;

interface Surroundings {
  readonly logger: ActionLogger;
  readonly isSimulatedTestExecution?: boolean;
}

/** The payload as it came, with the fields in its body, and with the same in one shape for every kind of event. */
export type WebhookPayload = TriggerPayload & { twilio: WebhookEvent };

export type ReceivedWebhook =
  | { readonly accepted: true; readonly payload: WebhookPayload; readonly response: HttpResponse | undefined }
  | { readonly accepted: false; readonly reason: string };

/** Throws for a wrong configuration: no key to check with, TwiML that is none. */
export function receiveWebhook(
  { logger, isSimulatedTestExecution }: Surroundings,
  payload: TriggerPayload,
  params: WebhookParams,
): ReceivedWebhook {
  const response = responseOf(params);
  const request = {
    headers: payload.headers ?? {},
    body: [payload.rawBody?.data, payload.body?.data],
    query: payload.queryParameters ?? {},
  };
  if (!params.validateSignature || isSimulatedTestExecution === true) {
    logger.warn(
      params.validateSignature
        ? "The signature was not validated: this is a simulated test."
        : "The signature was not validated: Validate Signature is switched off.",
    );
    return { accepted: true, payload: withWebhook(payload, readUncheckedWebhook(request)), response };
  }
  const checked = checkWebhook(request, { keys: keysOf(params), urls: urlsOf(payload, params.webhookUrl) });
  if (!checked.valid) return { accepted: false, reason: checked.reason };
  return { accepted: true, payload: withWebhook(payload, checked.webhook), response };
}

/** What nobody vouches for: no field of the request is left in it. */
export function withoutRequest(payload: TriggerPayload): TriggerPayload {
  const nothing = { data: {}, contentType: "application/json" };
  return { ...payload, headers: {}, queryParameters: {}, pathFragment: "", rawBody: nothing, body: nothing };
}

/** Says nothing of the reason to a stranger. */
export const rejection: HttpResponse = { statusCode: 403, contentType: "text/xml", body: emptyTwiml };

function withWebhook(payload: TriggerPayload, { data, event }: Webhook): WebhookPayload {
  return { ...payload, body: { data, contentType: "application/json" }, twilio: event };
}

function keysOf({ twilioConnection, signingKey }: WebhookParams): string[] {
  const key = isConnection(twilioConnection) ? signingKeyOf(twilioConnection) : null;
  const keys = [...(key === null ? [] : [key]), ...signingKey];
  if (keys.length > 0) return keys;
  const advice = "There is no key to validate webhooks with:";
  if (!isConnection(twilioConnection)) {
    throw new Error(`${advice} choose a connection, or give the account's auth token as a signing key.`);
  }
  throw connectionError(
    twilioConnection,
    `${advice} an API key signs none. Fill in the connection's Signing Key with the account's auth token.`,
  );
}

/** Only from the platform and the configuration: never from a header that a stranger can set. */
function urlsOf({ invokeUrl, webhookUrls, flow, pathFragment }: TriggerPayload, given: string | undefined): string[] {
  if (given !== undefined) return [given];
  const own = webhookUrls?.[flow?.name] ?? "";
  const fragment = String(pathFragment ?? "").replace(/^\/+/, "");
  const bases = [String(invokeUrl ?? ""), own].filter((url) => url !== "");
  const urls = bases.flatMap((url) => {
    if (fragment === "") return [url];
    const [path = "", query] = url.split("?", 2);
    return [url, `${path.replace(/\/+$/, "")}/${fragment}${query === undefined ? "" : `?${query}`}`];
  });
  return [...new Set(urls)];
}

function responseOf({ responseMode, replyMessage, twimlBody }: WebhookParams): HttpResponse | undefined {
  switch (responseMode) {
    case "emptyTwiml":
      return { statusCode: 200, contentType: "text/xml", body: emptyTwiml };
    case "noContent":
      return { statusCode: 204, contentType: "text/xml", body: "" };
    case "twiml": {
      const reply = replyMessage === undefined ? emptyTwiml : replyTwiml(replyMessage);
      return {
        statusCode: 200,
        contentType: "text/xml",
        body: twimlBody === undefined ? reply : checkTwiml(twimlBody),
      };
    }
    case "executionId":
      return undefined;
  }
}
