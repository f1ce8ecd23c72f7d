// Where an account's contacts are: listed, recorded, forgotten, and all of them as CSV. Quiet hours go by it.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { parsePhoneNumber } from "../../../core/addresses/phone-number.ts";
import { type Contact, isContactCountry, isPostalCode } from "../../../core/contacts/contact.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { AccountSid } from "../../../core/ids.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import { recordContact, removeContact } from "../../../services/contacts.ts";
import { listContacts } from "../../../store/contacts.ts";
import type { Database, Queryable } from "../../../store/database.ts";
import { accountFor, actorFor, checkAgain, operators } from "../auth.ts";
import { csvContent, sendCsv } from "../csv.ts";
import { type ErrorDetail, invalidFields } from "../errors.ts";
import { commonErrors, nothing } from "../schema.ts";
import { csvHeader, presentContact, presentLine } from "./present.ts";
import * as schema from "./schema.ts";

export interface ContactRoutesDeps {
  readonly db: Database;
  readonly listDb: Queryable;
  readonly authenticator: Authenticator;
}

const tags = ["contacts"];
const config = { roles: operators };
const rowsPerPage = 2000;

export function registerContactRoutes(app: FastifyInstance, deps: ContactRoutesDeps): void {
  registerReading(app, deps);
  registerWriting(app, deps);
}

function registerReading(app: FastifyInstance, { listDb, authenticator }: ContactRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
    "/contacts",
    {
      schema: {
        ...{ tags, summary: "Where contacts are", querystring: schema.contactsQuery },
        response: { 200: schema.contactsReply, ...commonErrors },
      },
    },
    async (request) => {
      const { account, contact, after, limit } = request.query;
      const accountSid = await accountFor(authenticator, request, account);
      const wanted = contact === undefined ? undefined : (parsePhoneNumber(contact)?.e164 ?? contact);
      const found = await listContacts(listDb, accountSid, { contact: wanted, after, limit: limit + 1 });
      const contacts = found.slice(0, limit);
      const next = found.length > limit ? (contacts.at(-1)?.contact ?? null) : null;
      return { contacts: contacts.map(presentContact), next };
    },
  );
  routes.get(
    "/contacts.csv",
    {
      config,
      schema: {
        ...{ tags, summary: "Every contact, as CSV", querystring: schema.exportQuery },
        response: {
          200: { description: "contact, country, postal_code, updated_at", content: csvContent },
          ...commonErrors,
        },
      },
    },
    async (request, reply) => {
      const accountSid = await accountFor(authenticator, request, request.query.account);
      return sendCsv(reply, {
        name: "contacts.csv",
        pieces: exportLines(listDb, accountSid),
        mayGoOn: () => checkAgain(authenticator, request, accountSid),
      });
    },
  );
}

function registerWriting(app: FastifyInstance, { db, authenticator }: ContactRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.put(
    "/contacts",
    {
      config,
      schema: {
        ...{ tags, summary: "Say where a contact is", querystring: schema.contactQuery, body: schema.contactBody },
        response: { 200: schema.contact, ...commonErrors },
      },
    },
    async (request) => {
      const caller = await actorFor(authenticator, request, request.query.account);
      const given = readContact(request.body);
      return await db.transaction(async (tx) => {
        await recordContact(tx, caller, given);
        const [stored] = await listContacts(tx, caller.accountSid, { contact: given.contact, after: "", limit: 1 });
        if (stored === undefined) throw new GatewayError("internal", "A contact that was stored is not there.");
        return presentContact(stored);
      });
    },
  );
  routes.delete(
    "/contacts/:contact",
    {
      config,
      schema: {
        ...{ tags, summary: "Forget where a contact is; their consent stays" },
        ...{ params: schema.contactParams, querystring: schema.contactQuery },
        response: { 204: nothing, ...commonErrors },
      },
    },
    async (request, reply) => {
      const caller = await actorFor(authenticator, request, request.query.account);
      const { contact } = request.params;
      await removeContact(db, caller, parsePhoneNumber(contact)?.e164 ?? contact);
      return reply.code(204).send(null);
    },
  );
}

type Given = Omit<Contact, "accountSid">;

function readContact({ contact, country, postalCode }: Given): Given {
  const number = parsePhoneNumber(contact)?.e164;
  const known = isContactCountry(country);
  const wrong: ErrorDetail[] = [];
  const add = (field: string, message: string) => wrong.push({ in: "body", field, message });
  if (number === undefined) add("contact", "must be a phone number in E.164 form: + and digits");
  if (!known) add("country", "must be a country's two capital letters: US, DE");
  if (!isPostalCode(postalCode, known ? country : null)) {
    add("postalCode", country === "US" ? "must be a ZIP code: 20001 or 20001-1234" : "must be letters and digits");
  }
  if (number === undefined || wrong.length > 0) throw invalidFields(wrong);
  return { contact: number, country, postalCode };
}

async function* exportLines(db: Queryable, accountSid: AccountSid): AsyncGenerator<string, void, undefined> {
  let text = csvHeader;
  let after: string | null = "";
  do {
    const page = await listContacts(db, accountSid, { after, limit: rowsPerPage });
    for (const contact of page) text += presentLine(contact);
    yield text;
    text = "";
    after = page.length < rowsPerPage ? null : (page.at(-1)?.contact ?? null);
  } while (after !== null);
}
