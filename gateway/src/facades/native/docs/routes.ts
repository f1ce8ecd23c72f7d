// /docs and the start page.

import type { FastifyInstance, FastifyReply } from "fastify";
import { publicUrlOf } from "../../listener.ts";
import type { OpenapiPart } from "../../openapi-part.ts";
import { describeApi } from "../openapi.ts";
import { presentDocs, presentStart } from "./present.ts";
import { pageSecurityPolicy } from "./style.ts";

export function registerPages(app: FastifyInstance, version: string, others: OpenapiPart): void {
  const options = { schema: { hide: true } };
  app.get("/docs", options, (request, reply) => {
    return sendPage(reply, presentDocs(describeApi(app, others), publicUrlOf(request)));
  });
  app.get("/", options, (request, reply) => sendPage(reply, presentStart(version, publicUrlOf(request))));
}

function sendPage(reply: FastifyReply, html: string): FastifyReply {
  return reply
    .headers({
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": pageSecurityPolicy,
      "referrer-policy": "no-referrer",
      "cache-control": "no-cache",
    })
    .send(html);
}
