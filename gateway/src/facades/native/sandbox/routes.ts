// The sandbox over HTTP: handsets that send, what they received, and the fault rules. Register under /trunkline/v1,
// inside the native facade, which authenticates (`request.principal`), compiles zod schemas and presents errors.
// Everything is bound to the caller's own account.

import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { actorOf, type Principal, type Role } from "../../../core/access/principal.ts";
import { GatewayError } from "../../../core/errors.ts";
import { canonicalSid, type Uuid } from "../../../core/ids.ts";
import type { SandboxFaults } from "../../../services/sandbox/faults.ts";
import type { SandboxHandsets } from "../../../services/sandbox/handsets.ts";
import { writeAudit } from "../../../store/audit.ts";
import type { Database } from "../../../store/database.ts";
import { deleteHandsetRecords, listHandsetEntries, listHandsetSummaries } from "../../../store/sandbox.ts";
import { presentHandset, presentHandsets, presentInbound } from "./present.ts";
import * as schema from "./schema.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who is calling; set by the native facade before any handler runs. */
    principal: Principal;
  }
}

export interface SandboxRoutesDeps {
  readonly db: Database;
  readonly faults: SandboxFaults;
  readonly handsets: SandboxHandsets;
}

const operators: readonly Role[] = ["owner", "operator"];
const senders: readonly Role[] = ["owner", "operator", "sender"];
/** Records that the list of handsets looks through. */
const summaryWindow = 10_000;

export function registerSandboxRoutes(app: FastifyInstance, deps: SandboxRoutesDeps): void {
  registerInbound(app, deps);
  registerHandsets(app, deps);
  registerClearing(app, deps);
  registerFaults(app, deps);
}

function registerInbound(app: FastifyInstance, { handsets }: SandboxRoutesDeps): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    "/sandbox/inbound",
    {
      schema: {
        tags: ["sandbox"],
        summary: "A handset sends a message to one of the account's numbers",
        body: schema.inboundBody,
        response: { 201: schema.inboundReply },
      },
    },
    async (request, reply) => {
      const principal = allowed(request, senders);
      const { account, from, to, body, mediaUrls = [] } = request.body;
      refuseOther(principal, account);
      const media = mediaUrls.map((url) => ({ url, contentType: contentTypeOf(url) }));
      const message = await handsets.send({ accountSid: principal.accountSid, from, to, body, mediaUrls: media });
      return reply.code(201).send(presentInbound(message));
    },
  );
}

function registerHandsets(app: FastifyInstance, { db }: SandboxRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ["sandbox"];
  routes.get(
    "/sandbox/handsets",
    {
      schema: {
        tags,
        summary: "Handsets with counts, last active first",
        querystring: schema.handsetsQuery,
        response: { 200: schema.handsetsReply },
      },
    },
    async (request) => {
      const { accountSid } = request.principal;
      refuseOther(request.principal, request.query.account);
      const summaries = await listHandsetSummaries(db, accountSid, summaryWindow, request.query.limit);
      return presentHandsets(summaries, summaryWindow);
    },
  );
  routes.get(
    "/sandbox/handsets/:number",
    {
      schema: {
        tags,
        summary: "What a handset received and sent, newest first",
        params: schema.handsetParams,
        querystring: schema.handsetQuery,
        response: { 200: schema.handsetReply },
      },
    },
    async (request) => {
      const { account, limit, before, undelivered } = request.query;
      refuseOther(request.principal, account);
      const number = withPlus(request.params.number);
      const page = { limit: limit + 1, before: (before ?? null) as Uuid | null, undelivered };
      const entries = await listHandsetEntries(db, request.principal.accountSid, number, page);
      return presentHandset(number, entries, limit);
    },
  );
}

function registerClearing(app: FastifyInstance, { db }: SandboxRoutesDeps): void {
  app.withTypeProvider<ZodTypeProvider>().delete(
    "/sandbox/handsets/:number",
    {
      schema: {
        tags: ["sandbox"],
        summary: "Forget what a handset received and sent",
        params: schema.handsetParams,
        response: { 200: schema.clearReply },
      },
    },
    async (request) => {
      const principal = allowed(request, operators);
      const number = withPlus(request.params.number);
      return db.transaction(async (tx) => {
        const deleted = await deleteHandsetRecords(tx, principal.accountSid, number);
        await writeAudit(tx, {
          accountSid: principal.accountSid,
          actor: actorOf(principal),
          action: "sandbox.handset.cleared",
          subject: number,
          before: { records: deleted },
          after: null,
        });
        return { deleted };
      });
    },
  );
}

function registerFaults(app: FastifyInstance, { faults }: SandboxRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ["sandbox"];
  routes.get(
    "/sandbox/faults",
    { schema: { tags, summary: "The fault rules in force", response: { 200: schema.faultsReply } } },
    (request) => faults.read(request.principal.accountSid),
  );
  routes.put(
    "/sandbox/faults",
    {
      schema: {
        tags,
        summary: "Replace the fault rules",
        body: schema.faultsBody,
        response: { 200: schema.faultsReply },
      },
    },
    async (request) => {
      const principal = allowed(request, operators);
      await faults.replace(principal.accountSid, request.body, (tx, before) =>
        writeAudit(tx, {
          accountSid: principal.accountSid,
          actor: actorOf(principal),
          action: "sandbox.faults.replaced",
          subject: principal.accountSid,
          before: { ...before },
          after: { ...request.body },
        }),
      );
      return request.body;
    },
  );
}

/** The account is the caller's own, or the one that an administrator has named. Throws `not-found` for any other. */
function refuseOther({ accountSid }: Principal, named: string | undefined): void {
  if (named === undefined || canonicalSid(named) === accountSid) return;
  throw new GatewayError("not-found", `No account ${named} that these credentials may use.`, {
    values: { parameter: "account" },
  });
}

function allowed(request: FastifyRequest, roles: readonly Role[]): Principal {
  const { principal } = request;
  if (roles.includes(principal.role)) return principal;
  throw new GatewayError(
    "forbidden",
    `This needs the role ${roles.join(" or ")}; these credentials are ${principal.role}.`,
  );
}

function withPlus(number: string): string {
  return number.startsWith("+") ? number : `+${number}`;
}

const contentTypes: Readonly<Record<string, string>> = {
  gif: "image/gif",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  mp4: "video/mp4",
  pdf: "application/pdf",
  png: "image/png",
  vcf: "text/vcard",
};

/** By the name's ending: the sandbox fetches nothing. */
function contentTypeOf(url: string): string {
  const ending = new URL(url).pathname.split(".").at(-1)?.toLowerCase() ?? "";
  return contentTypes[ending] ?? "application/octet-stream";
}
