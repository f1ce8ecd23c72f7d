// /docs, and the start page where the dashboard has not been built.

import type { FastifyInstance, FastifyReply } from "fastify";
import { publicUrlOf } from "../../listener.ts";
import type { OpenapiPart } from "../../openapi-part.ts";
import { describeApi } from "../openapi.ts";
import { presentDocs, presentStart } from "./present.ts";
import { pageSecurityPolicy } from "./style.ts";

export function registerDocs(app: FastifyInstance, others: OpenapiPart): void {
  app.get("/docs", { schema: { hide: true } }, (request, reply) => {
    return sendPage(reply, presentDocs(describeApi(app, others), publicUrlOf(request)));
  });
}

export function registerStartPage(app: FastifyInstance, version: string): void {
  app.get("/", { schema: { hide: true } }, (request, reply) => {
    return sendPage(reply, presentStart(version, publicUrlOf(request)));
  });
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
