// PhoneNumbers and ShortCodes of a messaging service: the account's own senders, under their own SIDs.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { canonicalSid, isSid } from "../../../../core/ids.ts";
import type { Sender } from "../../../../core/senders/sender.ts";
import { addPoolSender, removePoolSender } from "../../../../services/sender-pools.ts";
import type { Database } from "../../../../store/database.ts";
import { findSender } from "../../../../store/senders.ts";
import { listPoolSenders } from "../../../../store/service-pools.ts";
import { publicUrlOf } from "../../../listener.ts";
import { requireRole } from "../../auth.ts";
import { formOf, notFound, queryOf } from "../../call.ts";
import { readPageRequest } from "../../paging.ts";
import { sendDeleted, sendJson } from "../../resource.ts";
import { parameterOf, registerPath } from "../../routing.ts";
import { pageQueryOf, sendPage } from "../page.ts";
import { existingServiceInPath, serviceInPath } from "../services/path.ts";
import { type InService, presentPhoneNumber, presentShortCode } from "./present.ts";
import { readSenderSid } from "./schema.ts";

interface Kind {
  readonly kind: "number" | "short_code";
  readonly prefix: "PN" | "SC";
  readonly collection: string;
  /** The parameter of a create request. */
  readonly parameter: string;
  /** The name of the array in a list. */
  readonly key: string;
  readonly present: (
    sender: Sender,
    place: InService,
  ) => ReturnType<typeof presentPhoneNumber | typeof presentShortCode>;
}

const kinds: readonly Kind[] = [
  {
    kind: "number",
    prefix: "PN",
    collection: "PhoneNumbers",
    parameter: "PhoneNumberSid",
    key: "phone_numbers",
    present: presentPhoneNumber,
  },
  {
    kind: "short_code",
    prefix: "SC",
    collection: "ShortCodes",
    parameter: "ShortCodeSid",
    key: "short_codes",
    present: presentShortCode,
  },
];

export function registerNumberRoutes(app: FastifyInstance, { db }: { readonly db: Database }): void {
  for (const kind of kinds) registerKind(app, db, kind);
}

function registerKind(app: FastifyInstance, db: Database, { kind, prefix, collection, parameter, key, present }: Kind) {
  const sidInPath = (request: FastifyRequest): string => {
    const sid = parameterOf(request, "sid");
    if (!isSid(sid, prefix)) throw notFound(request);
    return canonicalSid(sid);
  };

  async function create(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const target = serviceInPath(request);
    requireRole(target.principal, "owner", "operator");
    const sender = await addPoolSender(db, target, readSenderSid(formOf(request), parameter, prefix));
    const place = { serviceSid: target.sid, origin: publicUrlOf(request) };
    return sendJson(request, reply, present(sender, place), { status: 201 });
  }

  async function list(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const page = readPageRequest(queryOf(request), prefix);
    const { accountSid, sid: serviceSid } = await existingServiceInPath(db, request);
    const result = await listPoolSenders(db, { accountSid, serviceSid, kind }, pageQueryOf(page));
    const place = { serviceSid, origin: publicUrlOf(request) };
    return sendPage(request, reply, { key, page, result, present: (sender) => present(sender, place) });
  }

  async function fetch(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { accountSid, sid: serviceSid } = serviceInPath(request);
    const sender = await findSender(db, accountSid, sidInPath(request));
    if (sender === null || sender.messagingServiceSid !== serviceSid) throw notFound(request);
    return sendJson(request, reply, present(sender, { serviceSid, origin: publicUrlOf(request) }));
  }

  async function remove(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const target = serviceInPath(request);
    requireRole(target.principal, "owner", "operator");
    await removePoolSender(db, target, sidInPath(request));
    return sendDeleted(request, reply);
  }

  registerPath(app, `/Services/:service/${collection}`, { GET: list, POST: create });
  registerPath(app, `/Services/:service/${collection}/:sid`, { GET: fetch, DELETE: remove });
}
