// Bodies of type application/x-www-form-urlencoded: `request.body` becomes names and values (a repeated name has an
// array), `request.rawForm` keeps the text as it came, for signatures and digests.

import { parse } from "fast-querystring";
import type { FastifyInstance } from "fastify";

declare module "fastify" {
  interface FastifyRequest {
    /** The text of a form body; empty for every other request. */
    rawForm: string;
  }
}

const formType = "application/x-www-form-urlencoded";

export function addFormParser(app: FastifyInstance): void {
  app.decorateRequest("rawForm", "");
  app.addContentTypeParser(formType, { parseAs: "string" }, (request, text, done) => {
    request.rawForm = text as string;
    done(null, parse(text as string));
  });
}
