// The audit log of an account: who changed what, page by page, and all of it as CSV, given out page by page as well, so that
// millions of rows need no memory and no long transaction.

import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Uuid } from "../../../core/ids.ts";
import { type AuditView, readAuditLog } from "../../../services/audit-log.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import type { AuditFilter } from "../../../store/audit-lists.ts";
import type { Queryable } from "../../../store/database.ts";
import { accountFor, checkAgain, operators } from "../auth.ts";
import { csvContent, sendCsv } from "../csv.ts";
import { commonErrors } from "../schema.ts";
import { csvHeader, presentEntry, presentLine } from "./present.ts";
import * as schema from "./schema.ts";

export interface AuditRoutesDeps {
  readonly listDb: Queryable;
  readonly authenticator: Authenticator;
}

const tags = ["audit"];
const config = { roles: operators };
const rowsPerPage = 500;

export function registerAuditRoutes(app: FastifyInstance, { listDb, authenticator }: AuditRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
    "/accounts/:sid/audit",
    {
      config,
      schema: {
        tags,
        summary: "Who changed what, newest first",
        params: schema.auditParams,
        querystring: schema.auditQuery,
        response: { 200: schema.auditReply, ...commonErrors },
      },
    },
    async (request) => {
      const { action, before, ...rest } = request.query;
      const view = await viewOf(authenticator, request, request.params.sid);
      const page = { ...rest, actions: action, before: (before as Uuid | undefined) ?? null };
      const { records, next } = await readAuditLog(listDb, view, page);
      return { entries: records.map(presentEntry), next };
    },
  );
  routes.get(
    "/accounts/:sid/audit.csv",
    {
      config,
      schema: {
        tags,
        summary: "Who changed what, as CSV",
        params: schema.auditParams,
        querystring: schema.auditExportQuery,
        response: {
          200: {
            description: "time, actor, actor_name, action, subject, subject_name, changes (JSON); newest first",
            content: csvContent,
          },
          ...commonErrors,
        },
      },
    },
    async (request, reply) => {
      const { action, ...rest } = request.query;
      const view = await viewOf(authenticator, request, request.params.sid);
      return sendCsv(reply, {
        name: "audit.csv",
        pieces: exportLines(listDb, view, { ...rest, actions: action }),
        mayGoOn: () => checkAgain(authenticator, request, view.accountSid),
      });
    },
  );
}

async function viewOf(authenticator: Authenticator, request: FastifyRequest, sid: string): Promise<AuditView> {
  const { principal } = request;
  return {
    accountSid: await accountFor(authenticator, request, sid),
    callerSid: principal.accountSid,
    withInstallation: principal.credential === "admin",
  };
}

async function* exportLines(
  db: Queryable,
  view: AuditView,
  filter: AuditFilter,
): AsyncGenerator<string, void, undefined> {
  let text = csvHeader;
  let before: Uuid | null = null;
  do {
    const { records, next } = await readAuditLog(db, view, { ...filter, before, limit: rowsPerPage });
    for (const record of records) text += presentLine(record);
    yield text;
    text = "";
    before = next;
  } while (before !== null);
}
