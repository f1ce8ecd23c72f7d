// Providers: listed, made, tested. A test sends a real message through one provider alone and waits for its outcome.

import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { z } from "zod";
import { actorOf } from "../../../core/access/principal.ts";
import { parseSender } from "../../../core/addresses/sender.ts";
import type { Clock } from "../../../core/clock.ts";
import type { Sealer } from "../../../core/credentials/seal.ts";
import { GatewayError } from "../../../core/errors.ts";
import { type AccountSid, type MessageSid, newUuid } from "../../../core/ids.ts";
import type { Provider } from "../../../core/providers/provider.ts";
import type { Acceptance } from "../../../services/acceptance.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import { writeAudit } from "../../../store/audit.ts";
import type { Database } from "../../../store/database.ts";
import { findMessageDetail, type MessageDetail } from "../../../store/message-detail.ts";
import { insertProvider, loadProviders } from "../../../store/providers.ts";
import { listSenders } from "../../../store/senders.ts";
import { accountFor, operators } from "../auth.ts";
import { invalidFields } from "../errors.ts";
import { commonErrors } from "../schema.ts";
import { presentProvider, presentTest, testOutcome } from "./present.ts";
import * as schema from "./schema.ts";

export interface ProviderRoutesDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly authenticator: Authenticator;
  readonly acceptance: Acceptance;
}

const dispatchRemembersMs = 1_100;
const testWaitMs = 10_000;
const testLookEveryMs = 100;
const testText = "A test message from Trunkline.";
const tags = ["providers"];

export function registerProviderRoutes(app: FastifyInstance, deps: ProviderRoutesDeps): void {
  registerReading(app, deps);
  registerCreating(app, deps);
  registerTesting(app, deps);
}

function registerReading(app: FastifyInstance, deps: ProviderRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
    "/providers",
    {
      schema: {
        tags,
        summary: "The account's providers",
        querystring: schema.providerQuery,
        response: { 200: schema.providersReply, ...commonErrors },
      },
    },
    async (request) => {
      const accountSid = await accountFor(deps.authenticator, request, request.query.account);
      const providers = await loadProviders(deps.db, deps.sealer, accountSid);
      return { providers: providers.map(presentProvider) };
    },
  );
  routes.get(
    "/providers/:id",
    {
      schema: {
        tags,
        summary: "One provider",
        params: schema.providerParams,
        querystring: schema.providerQuery,
        response: { 200: schema.provider, ...commonErrors },
      },
    },
    async (request) => {
      const accountSid = await accountFor(deps.authenticator, request, request.query.account);
      return presentProvider(await providerOf(deps, accountSid, request.params.id));
    },
  );
}

function registerCreating(app: FastifyInstance, deps: ProviderRoutesDeps): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    "/providers",
    {
      config: { roles: operators },
      schema: {
        tags,
        summary: "Make a provider",
        description: "It sends once it is in the account's fallback chain.",
        body: schema.newProvider,
        response: { 201: schema.provider, ...commonErrors },
      },
    },
    async (request, reply) => {
      const { body, principal } = request;
      const accountSid = await accountFor(deps.authenticator, request, body.account);
      const config = configOf(body);
      const id = newUuid();
      await deps.db.transaction(async (tx) => {
        await insertProvider(tx, deps.sealer, { accountSid, id, kind: body.kind, name: body.name, config });
        await writeAudit(tx, {
          accountSid,
          actor: actorOf(principal),
          action: "provider.created",
          subject: id,
          before: null,
          after: { kind: body.kind, name: body.name, config },
        });
      });
      return reply.code(201).send(presentProvider(await providerOf(deps, accountSid, id)));
    },
  );
}

/** The carrier's settings. Only the sandbox can send as yet: a provider that could not would lose messages. */
function configOf(body: z.output<typeof schema.newProvider>): Record<string, unknown> {
  if (body.kind !== "sandbox") {
    const message = `providers of kind ${body.kind} are not supported by this version yet; use sandbox`;
    throw invalidFields([{ in: "body", field: "kind", message }]);
  }
  const fromNumber = body.fromNumber === undefined ? undefined : parseSender(body.fromNumber)?.address;
  return fromNumber === undefined ? {} : { fromNumber };
}

function registerTesting(app: FastifyInstance, deps: ProviderRoutesDeps): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    "/providers/:id/test",
    {
      config: { roles: operators },
      schema: {
        tags,
        summary: "Send a test message through this provider alone",
        params: schema.providerParams,
        querystring: schema.providerQuery,
        body: schema.testBody,
        response: { 200: schema.testReply, ...commonErrors },
      },
    },
    async (request) => {
      const startedMs = performance.now();
      const accountSid = await accountFor(deps.authenticator, request, request.query.account);
      const provider = await providerOf(deps, accountSid, request.params.id);
      const { to, body = testText } = request.body;
      await delay(unknownForMs(provider, deps.clock.nowMs()));
      const asked = { to, body, from: request.body.from ?? (await testSender(deps, provider)) };
      const { message } = await deps.acceptance.accept(accountSid, asked, { onlyProvider: provider.id });
      const detail = await outcomeOf(deps, accountSid, message.sid, () => request.raw.socket.destroyed);
      return presentTest(detail, performance.now() - startedMs);
    },
  );
}

/** Dispatchers remember an account's providers for a second: until then a new one might be unknown to them. */
function unknownForMs(provider: Provider, nowMs: number): number {
  const ageMs = Math.max(0, nowMs - provider.createdAt.getTime());
  return Math.max(0, dispatchRemembersMs - ageMs);
}

/** What a test is from when nobody says: as any message through the provider; a sandbox takes any of the account's. */
async function testSender({ db }: ProviderRoutesDeps, provider: Provider): Promise<string> {
  const configured = provider.config["fromNumber"];
  if (typeof configured === "string") return configured;
  const senders = await listSenders(db, provider.accountSid);
  const own = senders.find((sender) => sender.providerId === provider.id);
  const any = own ?? (provider.kind === "sandbox" ? senders[0] : undefined);
  if (any !== undefined) return any.address;
  throw invalidFields([{ in: "body", field: "from", message: "the provider has no sender: name one" }]);
}

async function providerOf({ db, sealer }: ProviderRoutesDeps, accountSid: AccountSid, id: string): Promise<Provider> {
  const provider = (await loadProviders(db, sealer, accountSid)).find((one) => one.id === id);
  if (provider === undefined) throw new GatewayError("not-found", `The account has no provider ${id}.`);
  return provider;
}

/** The message once something has come of it, or as it stands after ten seconds. */
async function outcomeOf(
  { db }: ProviderRoutesDeps,
  accountSid: AccountSid,
  sid: MessageSid,
  isCallerGone: () => boolean,
): Promise<MessageDetail> {
  const deadlineMs = performance.now() + testWaitMs;
  for (;;) {
    const detail = await findMessageDetail(db, accountSid, sid);
    if (detail === null)
      throw new GatewayError("not-found", "The test message was deleted before its outcome was known.");
    const known = testOutcome(detail.message.status) !== "pending";
    if (known || performance.now() > deadlineMs || isCallerGone()) return detail;
    await delay(testLookEveryMs);
  }
}
