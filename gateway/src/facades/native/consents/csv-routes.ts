// All consents of an account as a file: given out page by page, so that millions of rows need no memory and no long
// transaction, and taken in.

import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Clock } from "../../../core/clock.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { AccountSid } from "../../../core/ids.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import { type ConsentImport, type ImportResult, importConsents } from "../../../services/consent/import-consents.ts";
import { spool } from "../../../services/consent/spool.ts";
import { type ConsentCursor, type ConsentFilter, listConsents } from "../../../store/consent-lists.ts";
import type { Database, Queryable } from "../../../store/database.ts";
import { accountFor, checkAgain, operators } from "../auth.ts";
import { csvContent, sendCsv } from "../csv.ts";
import { commonErrors, problem } from "../schema.ts";
import { filterOf } from "./filter.ts";
import { csvHeader, presentLine } from "./present.ts";
import * as schema from "./schema.ts";

export interface ConsentCsvDeps {
  readonly db: Database;
  readonly listDb: Queryable;
  readonly clock: Clock;
  readonly authenticator: Authenticator;
}

const tags = ["consents"];
const rowsPerPage = 2000;
const fileBytesMax = 64 * 1024 * 1024;
/** Imports that are being stored at once in this process: each keeps a connection to the database busy. */
const importsMax = 3;

export function registerConsentCsvRoutes(app: FastifyInstance, deps: ConsentCsvDeps): void {
  registerExport(app, deps);
  // A plugin of its own: only here a CSV file is a body.
  app.register((plugin, _options, done) => {
    registerImport(plugin, deps);
    done();
  });
}

function registerExport(app: FastifyInstance, { listDb, authenticator }: ConsentCsvDeps): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    "/consents.csv",
    {
      config: { roles: operators },
      schema: {
        tags,
        summary: "Every consent, as CSV",
        querystring: schema.exportQuery,
        response: {
          200: { description: "contact, sender, status, source, consented_at", content: csvContent },
          ...commonErrors,
        },
      },
    },
    async (request, reply) => {
      const { account, ...filter } = request.query;
      const accountSid = await accountFor(authenticator, request, account);
      return sendCsv(reply, {
        name: "consents.csv",
        pieces: exportLines(listDb, accountSid, filterOf(filter)),
        mayGoOn: () => checkAgain(authenticator, request, accountSid),
      });
    },
  );
}

async function* exportLines(
  db: Queryable,
  accountSid: AccountSid,
  filter: ConsentFilter,
): AsyncGenerator<string, void, undefined> {
  let text = csvHeader;
  let after: ConsentCursor | null = null;
  do {
    const page = await listConsents(db, accountSid, filter, { after, limit: rowsPerPage });
    for (const consent of page) text += presentLine(consent);
    yield text;
    text = "";
    after = page.length < rowsPerPage ? null : (page.at(-1) ?? null);
  } while (after !== null);
}

function registerImport(app: FastifyInstance, deps: ConsentCsvDeps): void {
  const underWay = new Set<AccountSid>();
  const storing = new Set<AccountSid>();
  app.removeAllContentTypeParsers();
  // The handler takes the body off the network itself, after it has seen who is asking for what.
  app.addContentTypeParser("text/csv", (_request, _payload, done) => done(null));
  app.withTypeProvider<ZodTypeProvider>().post(
    "/consents/import",
    {
      bodyLimit: fileBytesMax,
      config: { roles: operators },
      schema: {
        tags,
        summary: "Take in consents from a CSV file; the same file again changes nothing",
        description:
          "UTF-8, with a first line that names the columns contact, sender, status and, if known, source and consented_at. " +
          "Each row counts towards the sender that it names. Rows with errors are left out.",
        consumes: ["text/csv"],
        querystring: schema.importQuery,
        body: schema.importBody,
        response: {
          200: schema.importReply,
          413: problem("The file is larger than 64 MB."),
          415: problem("The body is not text/csv."),
          ...commonErrors,
        },
      },
    },
    async (request, reply) => {
      const { account, dryRun, consentedAt } = request.query;
      const accountSid = await accountFor(deps.authenticator, request, account);
      // A body of no bytes gets past the parsers.
      if (request.headers["content-type"]?.startsWith("text/csv") !== true) {
        throw new GatewayError("unsupported-media-type", "Send the file as text/csv.");
      }
      const asked = {
        accountSid,
        principal: request.principal,
        consentedAt: consentedAt === undefined ? null : new Date(consentedAt),
        dryRun: dryRun === "true",
        signal: abortedWith(reply),
      };
      const result = await oneAtATime(underWay, accountSid, () => importUpload(deps, storing, asked, request.raw));
      return {
        ...result,
        dryRun: asked.dryRun,
        errors: [...result.errors],
        ignoredColumns: [...result.ignoredColumns],
      };
    },
  );
}

async function importUpload(
  deps: ConsentCsvDeps,
  storing: Set<AccountSid>,
  asked: Omit<ConsentImport, "file">,
  upload: IncomingMessage,
): Promise<ImportResult> {
  // Whoever sends slowly takes nobody's place.
  const spooled = await spool(upload, fileBytesMax);
  try {
    if (storing.size >= importsMax) throw tooMany();
    storing.add(asked.accountSid);
    return await importConsents(deps, { ...asked, file: spooled.read() });
  } finally {
    storing.delete(asked.accountSid);
    await spooled.close();
  }
}

function tooMany(): GatewayError {
  const values = { retryAfterSeconds: "10" };
  return new GatewayError("rate-limited", "An import is under way; try again when it is through.", { values });
}

/** Aborted when nobody waits for the answer any more: the caller has gone, or the gateway is stopping. */
function abortedWith(reply: FastifyReply): AbortSignal {
  const aborting = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) aborting.abort();
  });
  return aborting.signal;
}

async function oneAtATime<Result>(
  underWay: Set<AccountSid>,
  accountSid: AccountSid,
  work: () => Promise<Result>,
): Promise<Result> {
  if (underWay.has(accountSid)) throw tooMany();
  underWay.add(accountSid);
  try {
    return await work();
  } finally {
    underWay.delete(accountSid);
  }
}
