// Webhooks as the platform hands them to the triggers.

import { createHmac } from "node:crypto";
import type { Connection, HttpResponse } from "@prismatic-io/spectral";
import { createConnection } from "@prismatic-io/spectral/dist/testing.js";
import { authTokenConnection } from "../../src/connections/auth-token.ts";
import { harness, logger } from "./component-on-gateway.ts";

export interface ReceivedWebhook {
  readonly branch?: string;
  readonly response?: HttpResponse;
  readonly payload: {
    readonly body: { readonly data: Record<string, unknown> };
    readonly twilio?: Record<string, unknown>;
    readonly headers: Record<string, string>;
    readonly queryParameters: Record<string, string>;
    readonly rawBody: { readonly data: unknown };
  };
}

export const accountSid = "AC0123456789abcdef0123456789abcdef";
/** By auth token; for webhooks only. */
export const connectionWith = (password: string): Connection =>
  createConnection(authTokenConnection, { username: accountSid, password });
/** What `receive` validates with, unless the test gives another connection. */
export const token = "12345";
export const form = "application/x-www-form-urlencoded";
export const emptyTwiml = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

export type Payload = Readonly<Record<string, unknown>>;

export async function receive(payload: Payload, params: object = {}, trigger = "webhook", context: object = {}) {
  const given = { twilioConnection: connectionWith(token), ...params };
  return (await harness.trigger(trigger, payload, given, { logger, ...context })) as unknown as ReceivedWebhook;
}

export const sign = (key: string, data: string) => createHmac("sha1", key).update(data).digest("base64");

/** A request as the platform hands it over. */
export function payloadOf(request: {
  readonly url: string;
  readonly body?: string;
  readonly contentType?: string;
  readonly signature?: string;
  readonly headers?: Readonly<Record<string, string>>;
}): Payload {
  const { url, body = "", contentType = form, signature = "", headers = {} } = request;
  return {
    headers: { "Content-Type": contentType, "X-Twilio-Signature": signature, ...headers },
    rawBody: { data: Buffer.from(body), contentType },
    body: { data: Buffer.from(body), contentType },
    queryParameters: Object.fromEntries(new URL(url).searchParams),
    invokeUrl: url,
    webhookUrls: {},
  };
}
