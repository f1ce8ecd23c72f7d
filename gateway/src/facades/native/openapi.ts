// /openapi.json: the native API described from the schemas that validate it, and what other facades say of theirs. Must be
// registered before the routes.

import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import type { OpenapiPart } from "../openapi-part.ts";
import type { ApiDocument, ApiSchema } from "./docs/document.ts";

const about = `The gateway's own API under /trunkline/v1 is what its dashboard and command line use: it shows what happened
to messages and configures the way they take. Applications send through the Twilio-compatible API (/2010-04-01, /v1, /v2),
with Twilio's own SDKs: it takes forms and answers as Twilio does.

Credentials: an access key as bearer token, or an account SID and auth token (or an API key and its secret) as Basic.
Errors of the gateway's own API are \`{ "error": { "code", "message", "details" } }\`; a \`code\` is stable, a \`message\` is for people.`;

export async function registerOpenapi(app: FastifyInstance, version: string, others: OpenapiPart): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Trunkline", version, description: about, license: { name: "Apache-2.0" } },
      tags: [
        { name: "session", description: "Who the caller is." },
        { name: "messages", description: "What was sent and received, and what happened to it." },
        { name: "events", description: "The live tail." },
        { name: "accounts", description: "Accounts and the order of their providers." },
        { name: "providers", description: "The ways out." },
        { name: "incoming hooks", description: "Where identity platforms hand their messages over." },
        { name: "senders", description: "What messages are from." },
        { name: "statistics", description: "What happened over time." },
        { name: "callbacks", description: "What applications were told, and what they said to it." },
        { name: "consents", description: "Who may be written to, and how that came to be." },
        { name: "keywords", description: "Words and replies of STOP, START and HELP." },
        { name: "retention", description: "How long messages, texts and events are kept." },
        {
          name: "sandbox",
          description: "The built-in carrier: handsets that receive and reply, and faults on demand.",
        },
        {
          name: "access keys",
          description: "The account's own secrets: auth tokens, access keys, API keys, and the list of all.",
        },
        {
          name: "OAuth clients",
          description: "Programs that get tokens by id and secret, and applications that people sign in to.",
        },
        { name: "service accounts", description: "Programs that get tokens by a key, or have personal access tokens." },
      ],
      components: {
        securitySchemes: {
          accessKey: {
            type: "http",
            scheme: "bearer",
            description: "An access key, access token or personal access token.",
          },
          basic: { type: "http", scheme: "basic", description: "Account SID and auth token, or API key and secret." },
        },
      },
      security: [{ accessKey: [] }, { basic: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  app.get("/openapi.json", { schema: { hide: true } }, (_request, reply) => reply.send(describeApi(app, others)));
}

/** The description of the routes; complete once the listener is ready. */
export function describeApi(app: FastifyInstance, others: OpenapiPart): ApiDocument {
  const document = app.swagger() as unknown as ApiDocument;
  // Each named schema comes in two forms, one for requests and one for answers; most are used in one of them only.
  const all = document.components?.schemas ?? {};
  const used = new Map<string, ApiSchema>();
  const visit = (part: unknown): void => {
    for (const [, name = ""] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      const schema = all[name];
      if (schema === undefined || used.has(name)) continue;
      used.set(name, schema);
      visit(schema);
    }
  };
  visit(document.paths ?? {});
  return {
    ...document,
    tags: [...(document.tags ?? []), ...others.tags],
    paths: { ...document.paths, ...others.paths },
    components: { ...document.components, schemas: { ...Object.fromEntries(used), ...others.schemas } },
  };
}
