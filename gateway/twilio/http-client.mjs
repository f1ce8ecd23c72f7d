// Points Twilio's npm client at a gateway:
//
//   const client = twilio(accountSid, authToken, { httpClient: httpClient("http://127.0.0.1:8770") });
//
// Every request of every product goes to the gateway, and so do the pages of a list. What region and edge do to host
// names does not matter. Plain JavaScript, so that any Node that runs the client runs this from node_modules.

import RequestClient from "twilio/lib/base/RequestClient.js";

/** `gatewayUrl` may have a path. `options`: as for Twilio's own RequestClient (timeout, autoRetry …). */
export function httpClient(gatewayUrl, options) {
  const { origin, pathname } = new URL(gatewayUrl);
  const prefix = pathname.replace(/\/+$/, "");
  const client = new RequestClient(options);
  const send = client.request.bind(client);
  client.request = (request) => {
    // Not parsed: with a region set, the client may have made a host name that is none.
    const path = request.uri.replace(/^[a-z]+:\/\/[^/?#]*/i, "");
    // The links between pages have the gateway's own path already.
    return send({ ...request, uri: origin + (path.startsWith(`${prefix}/`) ? path : prefix + path) });
  };
  return client;
}
