// The senders of an account: listed, made, changed. Each change leaves an audit row in its own transaction.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { z } from "zod";
import { actorOf } from "../../../core/access/principal.ts";
import { parseSender } from "../../../core/addresses/sender.ts";
import type { Sealer } from "../../../core/credentials/seal.ts";
import { GatewayError } from "../../../core/errors.ts";
import { type AccountSid, canonicalSid, type MessagingServiceSid, newUuid, type Uuid } from "../../../core/ids.ts";
import type { Sender, SenderKind } from "../../../core/senders/sender.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import { writeAudit } from "../../../store/audit.ts";
import type { Database, Queryable } from "../../../store/database.ts";
import { lockMessagingService } from "../../../store/messaging-services.ts";
import { loadProviders } from "../../../store/providers.ts";
import { lockSender, type SenderChanges, updateSender } from "../../../store/sender-changes.ts";
import { insertSender, listSenders } from "../../../store/senders.ts";
import { accountFor, operators } from "../auth.ts";
import { type ErrorDetail, invalidFields } from "../errors.ts";
import { commonErrors, problem } from "../schema.ts";
import { presentSender } from "./present.ts";
import * as schema from "./schema.ts";

export interface SenderRoutesDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly authenticator: Authenticator;
}

const tags = ["senders"];

export function registerSenderRoutes(app: FastifyInstance, deps: SenderRoutesDeps): void {
  const { db, authenticator } = deps;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
    "/accounts/:sid/senders",
    {
      schema: {
        tags,
        summary: "The account's senders",
        params: schema.sendersParams,
        response: { 200: schema.sendersReply, ...commonErrors },
      },
    },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.params.sid);
      return { senders: (await listSenders(db, accountSid)).map(presentSender) };
    },
  );
  routes.post(
    "/accounts/:sid/senders",
    {
      config: { roles: operators },
      schema: {
        tags,
        summary: "Give the account a sender",
        params: schema.sendersParams,
        body: schema.newSender,
        response: {
          201: schema.sender,
          409: problem("The account has the sender already."),
          ...commonErrors,
        },
      },
    },
    async (request, reply) => {
      const accountSid = await accountFor(authenticator, request, request.params.sid);
      const { address, ...rest } = request.body;
      const caller = { accountSid, actor: actorOf(request.principal) };
      const asked = { address, changes: changesOf(rest) };
      const sender = await db.transaction((tx) => createSender(tx, deps, caller, asked));
      return reply.code(201).send(presentSender(sender));
    },
  );
  routes.patch(
    "/accounts/:sid/senders/:address",
    {
      config: { roles: operators },
      schema: {
        tags,
        summary: "Change a sender: its pace, its URLs, its name",
        params: schema.senderParams,
        body: schema.senderChanges,
        response: { 200: schema.sender, ...commonErrors },
      },
    },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.params.sid);
      const caller = { accountSid, actor: actorOf(request.principal) };
      const asked = { address: request.params.address, changes: changesOf(request.body) };
      return presentSender(await db.transaction((tx) => changeSender(tx, deps, caller, asked)));
    },
  );
}

interface Caller {
  readonly accountSid: AccountSid;
  readonly actor: string;
}

interface Asked {
  readonly address: string;
  readonly changes: SenderChanges;
}

async function createSender(
  tx: Queryable,
  deps: SenderRoutesDeps,
  { accountSid, actor }: Caller,
  { address: given, changes }: Asked,
): Promise<Sender> {
  const { kind, address } = readAddress(given);
  const providerId = await checkReferences(tx, deps, accountSid, { kind, changes });
  const friendlyName = changes.friendlyName ?? address;
  if (!(await insertSender(tx, { id: newUuid(), accountSid, kind, address, providerId, friendlyName }))) {
    throw new GatewayError("conflict", `The account has the sender ${address} already.`);
  }
  const made = await lockedSender(tx, accountSid, address);
  await updateSender(tx, made, changes);
  const sender = await lockedSender(tx, accountSid, address);
  await writeAudit(tx, {
    accountSid,
    actor,
    action: "sender.created",
    subject: sender.sid,
    before: null,
    after: presentSender(sender),
  });
  return sender;
}

async function changeSender(
  tx: Queryable,
  deps: SenderRoutesDeps,
  { accountSid, actor }: Caller,
  { address: given, changes }: Asked,
): Promise<Sender> {
  // In a path the + of a number is easily lost.
  const address = parseSender(given)?.address ?? parseSender(`+${given}`)?.address ?? given;
  // The messaging service is locked before the sender, as by everybody.
  const kind = parseSender(address)?.kind ?? "number";
  await checkReferences(tx, deps, accountSid, { kind, changes });
  const before = await lockedSender(tx, accountSid, address);
  await updateSender(tx, before, changes);
  const after = await lockedSender(tx, accountSid, before.address);
  await writeAudit(tx, {
    accountSid,
    actor,
    action: "sender.updated",
    subject: before.sid,
    before: presentSender(before),
    after: presentSender(after),
  });
  return after;
}

async function lockedSender(tx: Queryable, accountSid: AccountSid, address: string): Promise<Sender> {
  const sender = await lockSender(tx, accountSid, address);
  if (sender === null) throw new GatewayError("not-found", `The account has no sender ${address}.`);
  return sender;
}

function readAddress(given: string): { kind: SenderKind; address: string } {
  const parsed = parseSender(given);
  if (parsed !== null && parsed.kind !== "channel" && parsed.kind !== "service") {
    return { kind: parsed.kind, address: parsed.address };
  }
  const message = "must be a phone number in E.164 form, a short code of 3 to 8 digits, or up to 11 letters and digits";
  throw invalidFields([{ in: "body", field: "address", message }]);
}

/** The provider and the messaging service must be the account's. Resolves to the provider: the given one, or its first. */
async function checkReferences(
  tx: Queryable,
  { sealer }: SenderRoutesDeps,
  accountSid: AccountSid,
  { kind, changes }: { readonly kind: string; readonly changes: SenderChanges },
): Promise<Uuid> {
  const { providerId, messagingServiceSid } = changes;
  const wrong: ErrorDetail[] = [];
  const providers = await loadProviders(tx, sealer, accountSid);
  const provider = providerId === undefined ? providers[0] : providers.find((one) => one.id === providerId);
  if (provider === undefined) {
    const message =
      providerId === undefined ? "the account has no provider yet" : `the account has no provider ${providerId}`;
    wrong.push({ in: "body", field: "providerId", message });
  }
  if (typeof messagingServiceSid === "string") {
    const service = await lockMessagingService(tx, accountSid, messagingServiceSid);
    const message =
      kind === "alphanumeric"
        ? "an alphanumeric id may be in several services: add it to their AlphaSenders"
        : `the account has no messaging service ${messagingServiceSid}`;
    if (service === null || kind === "alphanumeric") wrong.push({ in: "body", field: "messagingServiceSid", message });
  }
  if (wrong.length > 0 || provider === undefined) throw invalidFields(wrong);
  return provider.id;
}

/** The body as changes: what is absent is absent, not undefined. */
function changesOf(body: z.output<typeof schema.senderChanges>): SenderChanges {
  const { messagingServiceSid, ...rest } = body;
  const present = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  if (messagingServiceSid === undefined) return present;
  const service = messagingServiceSid === null ? null : canonicalSid<MessagingServiceSid>(messagingServiceSid);
  return { ...present, messagingServiceSid: service };
}
