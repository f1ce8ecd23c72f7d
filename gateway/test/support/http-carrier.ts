// The http carrier as the gateway wires it, with providers and servers for tests. Its clock can be moved. Call close() when
// done.

import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { CarrierProvider, Handover } from "../../src/carriers/carrier.ts";
import { createExchange } from "../../src/carriers/http/exchange.ts";
import { createHttpCarrier } from "../../src/carriers/http/http.ts";
import { createTokens } from "../../src/carriers/http/tokens.ts";
import { createHttpUpstream } from "../../src/carriers/http/upstream.ts";
import { type AccountSid, newUuid, sidOf } from "../../src/core/ids.ts";
import type { HttpSettings } from "../../src/core/providers/settings.ts";
import type { RequestTemplate } from "../../src/core/providers/template.ts";
import { type Answer, type Application, startApplication } from "./application.ts";
import { testCertificate } from "./test-certificate.ts";

export type TestHttpCarrier = ReturnType<typeof testHttpCarrier>;

export function testHttpCarrier(options: Partial<Parameters<typeof createExchange>[0]> = {}) {
  let offsetMs = 0;
  const clock = { nowMs: () => Date.now() + offsetMs };
  const exchange = createExchange({ allow: [], allowLoopback: true, ...options });
  const tokens = createTokens({ exchange, clock });
  const deps = { exchange, tokens, clock };
  const carrier = createHttpCarrier(deps);
  const upstream = createHttpUpstream(deps);
  const never = new AbortController().signal;
  return {
    exchange,
    tokens,
    clock,
    carrier,
    upstream,
    advance(ms: number) {
      offsetMs += ms;
    },
    send: (provider: CarrierProvider, handover: Handover, signal = never) => carrier.send(provider, handover, signal),
    lookup: (provider: CarrierProvider, handover: Handover, signal = never) =>
      carrier.lookup(provider, handover, signal),
    check: (provider: CarrierProvider, signal = never) => upstream.check(provider, signal),
    close: () => exchange.close(),
  };
}

export function httpProvider(
  config: Partial<HttpSettings>,
  secrets: Readonly<Record<string, string>> = {},
): CarrierProvider {
  return {
    accountSid: sidOf<AccountSid>("AC", newUuid()),
    id: newUuid(),
    kind: "http",
    name: "http",
    config: { format: "template", ...config },
    secrets,
  };
}

/** A placeholder, written so that no tool takes it for a template literal's. */
export const hole = (name: string): string => `$\{${name}}`;

/** A form with recipient, sender and text. */
export function formTemplate(url: string, parts: Partial<RequestTemplate> = {}): RequestTemplate {
  return {
    deliveryMethod: "SMS",
    method: "POST",
    url,
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: `To=${hole("to")}&From=${hole("from")}&Body=${hole("message")}`,
    ...parts,
  };
}

/** Carriers and servers that are gone after `close()`. */
export function testHttpServers() {
  const cleanups: (() => Promise<unknown>)[] = [];

  async function listen(server: Server, hangUp: () => void): Promise<string> {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanups.push(() => {
      hangUp();
      return new Promise((resolve) => server.close(resolve));
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  return {
    carrierWith(options: Parameters<typeof testHttpCarrier>[0] = {}): TestHttpCarrier {
      const http = testHttpCarrier(options);
      cleanups.push(() => http.close());
      return http;
    },
    async application(answer?: Answer): Promise<Application> {
      const started = await startApplication(answer);
      cleanups.push(() => started.close());
      return started;
    },
    /** A server that does as it likes with what comes over its sockets. */
    rawServer(onRequest: (socket: Socket) => void): Promise<string> {
      const sockets = new Set<Socket>();
      const server = createServer((socket) => {
        sockets.add(socket.on("error", () => undefined).on("close", () => sockets.delete(socket)));
        socket.once("data", () => onRequest(socket));
      });
      return listen(server, () => {
        for (const socket of sockets) socket.destroy();
      });
    },
    /** With the test certificate; `requests` are their paths. */
    async tlsServer() {
      const requests: string[] = [];
      const server = createTlsServer({ ...testCertificate }, (request, response) => {
        requests.push(request.url ?? "");
        response.end();
      });
      const origin = await listen(server, () => server.closeAllConnections());
      return { origin: origin.replace("http:", "https:"), requests };
    },
    async close() {
      for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    },
  };
}
