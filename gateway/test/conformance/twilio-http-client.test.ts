// trunkline/twilio with the real npm client: every product, with region and edge set, behind a path, over page borders.

import { once } from "node:events";
import { createServer, request as forward, type Server } from "node:http";
import { httpClient } from "trunkline/twilio";
import twilio from "twilio";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

let gateway: TestGateway;
let proxy: Server;
let proxied: string;

/** A reverse proxy that has the gateway behind /sms. */
beforeAll(async () => {
  gateway = await startTestGateway();
  proxy = createServer((incoming, outgoing) => {
    const { url = "", method, headers } = incoming;
    if (!url.startsWith("/sms/")) return outgoing.writeHead(404).end();
    const onward = forward(gateway.url + url.slice("/sms".length), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    return incoming.pipe(onward);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const address = proxy.address();
  if (typeof address !== "object" || address === null) throw new Error("the proxy has no port");
  proxied = `http://127.0.0.1:${address.port}/sms`;
  for (let count = 0; count < 4; count += 1) await clientOf().messaging.v1.services.create({ friendlyName: "More" });
});
afterAll(async () => {
  proxy.closeAllConnections();
  proxy.close();
  await gateway.stop();
});

function clientOf(url = gateway.url, options: object = {}) {
  return twilio(gateway.accountSid, gateway.authToken, { ...options, httpClient: httpClient(url) });
}

describe("trunkline/twilio", () => {
  it.each([
    ["plainly", () => clientOf()],
    ["with a slash at the end", () => clientOf(`${gateway.url}/`)],
    ["with region and edge set", () => clientOf(gateway.url, { region: "au1", edge: "sydney" })],
    ["with a region alone", () => clientOf(gateway.url, { region: "ie1" })],
    ["behind a path", () => clientOf(proxied)],
    ["behind a path, with a region", () => clientOf(proxied, { region: "ie1" })],
  ])("reaches every product, and every page of a list, %s", async (_way, make) => {
    const client = make();
    const message = await client.messages.create({ from: gateway.numbers[0], to: "+12025550142", body: "Hello" });
    expect(await client.messages(message.sid).fetch()).toMatchObject({ sid: message.sid, body: "Hello" });
    expect((await client.messages.list({ pageSize: 1, limit: 2 })).length).toBeGreaterThan(0);
    // The pages of a product API are absolute URLs of the gateway.
    expect(await client.messaging.v1.services.list({ pageSize: 2 })).toHaveLength(5);
    const first = await client.messaging.v1.services.page({ pageSize: 2 });
    const second = await first.nextPage();
    const back = await second?.previousPage();
    expect(back?.instances.map(({ sid }) => sid)).toEqual(first.instances.map(({ sid }) => sid));
    expect((await client.incomingPhoneNumbers.list({ pageSize: 1 })).map((each) => each.phoneNumber)).toEqual(
      [...gateway.numbers].reverse(),
    );
  });

  it("works with an API key, and takes the options of Twilio's own client", async () => {
    const { sid, secret } = gateway.apiKey;
    const own = httpClient(gateway.url, { timeout: 5000, autoRetry: true });
    expect(own).toMatchObject({ defaultTimeout: 5000, autoRetry: true });
    const client = twilio(sid, secret, { accountSid: gateway.accountSid, httpClient: own });
    expect(await client.incomingPhoneNumbers.list()).toHaveLength(2);
  });

  it("is refused an address that is none", () => {
    expect(() => httpClient("127.0.0.1:8770")).toThrow(/URL/);
  });
});
