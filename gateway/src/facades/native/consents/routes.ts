// Who may be written to: listed, set, and how it came to be. All of it, as CSV, is csv-routes.ts.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { actorOf } from "../../../core/access/principal.ts";
import { parsePhoneNumber } from "../../../core/addresses/phone-number.ts";
import type { Clock } from "../../../core/clock.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { Uuid } from "../../../core/ids.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import { readSender } from "../../../services/consent/import-file.ts";
import { recordWord } from "../../../services/consent/record-word.ts";
import { type ConsentCursor, findConsent, listConsentHistory, listConsents } from "../../../store/consent-lists.ts";
import type { Database, Queryable } from "../../../store/database.ts";
import { accountFor, operators } from "../auth.ts";
import { type ErrorDetail, invalidFields } from "../errors.ts";
import { commonErrors } from "../schema.ts";
import { registerConsentCsvRoutes } from "./csv-routes.ts";
import { filterOf } from "./filter.ts";
import { presentChange, presentConsent } from "./present.ts";
import * as schema from "./schema.ts";

export interface ConsentRoutesDeps {
  readonly db: Database;
  readonly listDb: Queryable;
  readonly clock: Clock;
  readonly authenticator: Authenticator;
}

const tags = ["consents"];

export function registerConsentRoutes(app: FastifyInstance, deps: ConsentRoutesDeps): void {
  registerLists(app, deps);
  registerSetting(app, deps);
  registerConsentCsvRoutes(app, deps);
}

function registerLists(app: FastifyInstance, { listDb, authenticator }: ConsentRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
    "/consents",
    {
      schema: {
        tags,
        summary: "Who has opted in or out, towards whom",
        querystring: schema.consentsQuery,
        response: { 200: schema.consentsReply, ...commonErrors },
      },
    },
    async (request) => {
      const { account, after, limit, ...filter } = request.query;
      const accountSid = await accountFor(authenticator, request, account);
      const cursor = after === undefined ? null : readCursor(after);
      const found = await listConsents(listDb, accountSid, filterOf(filter), { after: cursor, limit: limit + 1 });
      const consents = found.slice(0, limit);
      const last = found.length > limit ? consents.at(-1) : undefined;
      return { consents: consents.map(presentConsent), next: last === undefined ? null : cursorOf(last) };
    },
  );
  routes.get(
    "/consents/history",
    {
      schema: {
        tags,
        summary: "Who opted in or out, when and how",
        querystring: schema.historyQuery,
        response: { 200: schema.historyReply, ...commonErrors },
      },
    },
    async (request) => {
      const { account, before, limit, ...filter } = request.query;
      const accountSid = await accountFor(authenticator, request, account);
      const found = await listConsentHistory(listDb, accountSid, {
        ...filterOf(filter),
        before: (before as Uuid | undefined) ?? null,
        limit: limit + 1,
      });
      const history = found.slice(0, limit);
      return { history: history.map(presentChange), next: found.length > limit ? (history.at(-1)?.id ?? null) : null };
    },
  );
}

function registerSetting(app: FastifyInstance, { db, clock, authenticator }: ConsentRoutesDeps): void {
  app.withTypeProvider<ZodTypeProvider>().put(
    "/consents",
    {
      config: { roles: operators },
      schema: {
        tags,
        summary: "Say that a contact has opted in or out towards a sender or a messaging service",
        querystring: schema.consentQuery,
        body: schema.consentBody,
        response: { 200: schema.setReply, ...commonErrors },
      },
    },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.query.account);
      const { status, source, consentedAt: given } = request.body;
      const nowMs = clock.nowMs();
      const consentedAt = given === undefined ? new Date(nowMs) : new Date(given);
      const pair = readPair(request.body);
      if (consentedAt.getTime() > nowMs) {
        throw invalidFields([{ in: "body", field: "consentedAt", message: "must not be in the future" }]);
      }
      const origin = { via: "native-api", actor: actorOf(request.principal), reference: null } as const;
      return await db.transaction(async (tx) => {
        const changed = await recordWord(tx, { accountSid, ...pair, status, source, consentedAt }, origin);
        const consent = await findConsent(tx, accountSid, pair);
        if (consent === null) throw new GatewayError("internal", "A consent that was stored is not there.");
        return { changed, consent: presentConsent(consent) };
      });
    },
  );
}

function readPair(given: ConsentCursor): ConsentCursor {
  const wrong: ErrorDetail[] = [];
  const contact = parsePhoneNumber(given.contact)?.e164;
  const sender = readSender(given.sender);
  if (contact === undefined) {
    wrong.push({ in: "body", field: "contact", message: "must be a phone number in E.164 form: + and digits" });
  }
  if (sender === null) {
    const message = "must be a phone number, a short code, an alphanumeric id or the SID of a messaging service";
    wrong.push({ in: "body", field: "sender", message });
  }
  if (contact === undefined || sender === null) throw invalidFields(wrong);
  return { sender, contact };
}

function cursorOf({ sender, contact }: ConsentCursor): string {
  return Buffer.from(`${sender}\n${contact}`).toString("base64url");
}

function readCursor(text: string): ConsentCursor {
  const [sender, contact, ...more] = Buffer.from(text, "base64url").toString().split("\n");
  if (sender !== undefined && contact !== undefined && more.length === 0 && !`${sender}${contact}`.includes("\0")) {
    return { sender, contact };
  }
  throw invalidFields([{ in: "querystring", field: "after", message: "must be `next` of the page before" }]);
}
