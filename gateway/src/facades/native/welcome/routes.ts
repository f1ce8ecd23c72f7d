// POST /trunkline/v1/welcome: the credentials of a first start, for the token of the link that the terminal showed. Without
// credentials of its own, so it is deaf to whatever does not come from the dashboard on this machine: another host's name
// (DNS rebinding), another site's page, another machine, anything that came through a proxy.

import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import ipaddr from "ipaddr.js";
import { GatewayError } from "../../../core/errors.ts";
import type { Welcome } from "../../../services/welcome.ts";
import { commonErrors } from "../schema.ts";
import * as schema from "./schema.ts";

export function registerWelcome(app: FastifyInstance, path: string, welcome: Welcome): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    path,
    {
      schema: {
        tags: ["session"],
        security: [],
        summary: "The credentials of a first start, once, for the link that the terminal showed",
        body: schema.welcomeBody,
        response: { 200: schema.welcomeReply, ...commonErrors },
      },
    },
    async (request, reply) => {
      const credentials = isFromHere(request) ? await welcome.redeem(request.body.token) : null;
      if (credentials === null) {
        const message = "This link has been used, or has expired. Sign in with the access key from credentials.json.";
        throw new GatewayError("not-found", message);
      }
      return reply
        .header("cache-control", "no-store")
        .send({ ...credentials, phoneNumbers: [...credentials.phoneNumbers] });
    },
  );
}

const loopbackNames: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);
const proxyHeaders = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

function isFromHere({ raw, headers }: FastifyRequest): boolean {
  const { host = "", origin } = headers;
  const site = headers["sec-fetch-site"];
  const address = raw.socket.remoteAddress ?? "";
  return (
    loopbackNames.has(host.replace(/:\d+$/, "").toLowerCase()) &&
    (origin === undefined || origin === `http://${host}`) &&
    (site === undefined || site === "same-origin") &&
    proxyHeaders.every((name) => headers[name] === undefined) &&
    ipaddr.isValid(address) &&
    ipaddr.process(address).range() === "loopback"
  );
}
