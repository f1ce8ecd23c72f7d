// /openapi.json: the native API described from the schemas that validate it. Must be registered before the routes.

import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from "fastify-type-provider-zod";
import { namedSchemas } from "./schema.ts";

const about = `The gateway's own API: what its dashboard and command line use. Applications send messages through the
Twilio-compatible API under /2010-04-01; this one shows what happened to them and configures the way they take.

Credentials: an access key as bearer token, or an account SID and auth token (or an API key and its secret) as Basic.
Errors are \`{ "error": { "code", "message", "details" } }\`; a \`code\` is stable, a \`message\` is for people.`;

export async function registerOpenapi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Trunkline", version, description: about, license: { name: "Apache-2.0" } },
      tags: [
        { name: "messages", description: "What was sent and received, and what happened to it." },
        { name: "events", description: "The live tail." },
        { name: "accounts", description: "Accounts and the order of their providers." },
        { name: "providers", description: "The ways out." },
        { name: "senders", description: "What messages are from." },
        {
          name: "sandbox",
          description: "The built-in carrier: handsets that receive and reply, and faults on demand.",
        },
      ],
      components: {
        securitySchemes: {
          accessKey: { type: "http", scheme: "bearer", description: "An access key." },
          basic: { type: "http", scheme: "basic", description: "Account SID and auth token, or API key and secret." },
        },
      },
      security: [{ accessKey: [] }, { basic: [] }],
    },
    transform: createJsonSchemaTransform({ schemaRegistry: namedSchemas }),
    transformObject: createJsonSchemaTransformObject({ schemaRegistry: namedSchemas }),
  });
  app.get("/openapi.json", { schema: { hide: true } }, (_request, reply) => reply.send(app.swagger()));
}
