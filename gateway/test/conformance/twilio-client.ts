// The real npm client of Twilio, pointed at a gateway in the two ways that its users have.

import twilio from "twilio";
import RequestClient from "twilio/lib/base/RequestClient.js";
import type { TestAccount } from "../support/gateway.ts";

export type TwilioClient = ReturnType<typeof twilio>;

/** Way 1: the public base URL of each product. */
export function clientByBaseUrl(url: string, { accountSid, authToken }: TestAccount): TwilioClient {
  const client = twilio(accountSid, authToken);
  for (const product of [client.api, client.accounts, client.messaging, client.iam]) product.baseUrl = url;
  return client;
}

/** Way 2: an HTTP client that replaces the origin of every request. */
export function clientByHttpClient(
  url: string,
  user: { readonly sid: string; readonly secret: string; readonly accountSid: string },
): TwilioClient {
  const httpClient = new RequestClient();
  const request = httpClient.request.bind(httpClient);
  httpClient.request = (options) => {
    const { pathname, search } = new URL(options.uri);
    return request({ ...options, uri: url + pathname + search });
  };
  return twilio(user.sid, user.secret, { accountSid: user.accountSid, httpClient });
}
