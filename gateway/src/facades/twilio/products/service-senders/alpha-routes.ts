// AlphaSenders (for every country) and DestinationAlphaSenders (those, and the ones for single countries) of a messaging
// service: two views of the same entries.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { canonicalSid, isSid, uuidOf } from "../../../../core/ids.ts";
import type { ServiceAlphaSender } from "../../../../core/senders/messaging-service.ts";
import type { ServiceTarget } from "../../../../services/messaging-services.ts";
import { addAlphaSender, type NewAlphaSender, removeAlphaSender } from "../../../../services/sender-pools.ts";
import type { Database } from "../../../../store/database.ts";
import { findAlphaSender, listAlphaSenders } from "../../../../store/service-pools.ts";
import { publicUrlOf } from "../../../listener.ts";
import { requireRole } from "../../auth.ts";
import { formOf, notFound, queryOf } from "../../call.ts";
import type { Form } from "../../form.ts";
import { type EchoedFilters, readPageRequest } from "../../paging.ts";
import { sendDeleted, sendJson } from "../../resource.ts";
import { parameterOf, registerPath } from "../../routing.ts";
import { pageQueryOf, sendPage } from "../page.ts";
import { existingServiceInPath, serviceInPath } from "../services/path.ts";
import { presentAlphaSender, presentDestinationAlphaSender } from "./present.ts";
import { readAlphaSender, readCountry, readDestinationAlphaSender } from "./schema.ts";

interface View {
  readonly collection: string;
  readonly read: (form: Form) => NewAlphaSender;
  readonly shows: (entry: ServiceAlphaSender) => boolean;
  /** The country that a list is for; empty: entries for every country; undefined: all. */
  readonly countryOfList: (query: Form) => string | undefined;
  readonly present: (entry: ServiceAlphaSender, origin: string) => ReturnType<typeof presentAlphaSender>;
}

const views: readonly View[] = [
  {
    collection: "AlphaSenders",
    read: readAlphaSender,
    shows: (entry) => entry.country === null,
    countryOfList: () => "",
    present: presentAlphaSender,
  },
  {
    collection: "DestinationAlphaSenders",
    read: readDestinationAlphaSender,
    shows: () => true,
    countryOfList: readCountry,
    present: presentDestinationAlphaSender,
  },
];

export function registerAlphaSenderRoutes(app: FastifyInstance, { db }: { readonly db: Database }): void {
  for (const view of views) registerView(app, db, view);
}

function registerView(app: FastifyInstance, db: Database, view: View): void {
  async function create(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const target = serviceInPath(request);
    requireRole(target.principal, "owner", "operator");
    const entry = await addAlphaSender(db, target, view.read(formOf(request)));
    return sendJson(request, reply, view.present(entry, publicUrlOf(request)), { status: 201 });
  }

  async function list(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const query = queryOf(request);
    const country = view.countryOfList(query);
    const page = readPageRequest(query, "AI");
    const { accountSid, sid: serviceSid } = await existingServiceInPath(db, request);
    const asked = { accountSid, serviceSid, ...(country === undefined ? {} : { country }) };
    const result = await listAlphaSenders(db, asked, pageQueryOf(page));
    const filters: EchoedFilters = country ? [["IsoCountryCode", country]] : [];
    const origin = publicUrlOf(request);
    const present = (entry: ServiceAlphaSender) => view.present(entry, origin);
    return sendPage(request, reply, { key: "alpha_senders", page, filters, result, present });
  }

  async function entryInPath(request: FastifyRequest): Promise<{ target: ServiceTarget; entry: ServiceAlphaSender }> {
    const target = serviceInPath(request);
    const sid = parameterOf(request, "sid");
    if (!isSid(sid, "AI")) throw notFound(request);
    const { accountSid } = await existingServiceInPath(db, request);
    const entry = await findAlphaSender(db, accountSid, target.sid, uuidOf(canonicalSid(sid)));
    if (entry === null || !view.shows(entry)) throw notFound(request);
    return { target, entry };
  }

  async function fetch(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { entry } = await entryInPath(request);
    return sendJson(request, reply, view.present(entry, publicUrlOf(request)));
  }

  async function remove(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    requireRole(serviceInPath(request).principal, "owner", "operator");
    const { target, entry } = await entryInPath(request);
    await removeAlphaSender(db, target, entry.sid);
    return sendDeleted(request, reply);
  }

  registerPath(app, `/Services/:service/${view.collection}`, { GET: list, POST: create });
  registerPath(app, `/Services/:service/${view.collection}/:sid`, { GET: fetch, DELETE: remove });
}
