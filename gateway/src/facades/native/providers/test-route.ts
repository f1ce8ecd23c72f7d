// Testing a provider: a real message through it alone, and what comes of it within ten seconds.

import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Clock } from "../../../core/clock.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { AccountSid, MessageSid } from "../../../core/ids.ts";
import type { Provider } from "../../../core/providers/provider.ts";
import type { Acceptance } from "../../../services/acceptance.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import type { Providers } from "../../../services/providers.ts";
import type { Database } from "../../../store/database.ts";
import { findMessageDetail, type MessageDetail } from "../../../store/message-detail.ts";
import { listSenders } from "../../../store/senders.ts";
import { accountFor, operators } from "../auth.ts";
import { invalidFields } from "../errors.ts";
import { commonErrors } from "../schema.ts";
import { presentTest, testOutcome } from "./present.ts";
import * as schema from "./schema.ts";

export interface ProviderTestDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly providers: Providers;
  readonly authenticator: Authenticator;
  readonly acceptance: Acceptance;
}

const dispatchRemembersMs = 1_100;
const testWaitMs = 10_000;
const testLookEveryMs = 100;
const testText = "A test message from Trunkline.";
const tags = ["providers"];

export function registerProviderTest(app: FastifyInstance, deps: ProviderTestDeps): void {
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
      const provider = await deps.providers.get(accountSid, request.params.id);
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
  const ageMs = Math.max(0, nowMs - provider.updatedAt.getTime());
  return Math.max(0, dispatchRemembersMs - ageMs);
}

/** What a test is from when nobody says: as any message through the provider; a sandbox takes any of the account's. */
async function testSender({ db }: ProviderTestDeps, provider: Provider): Promise<string> {
  const configured = provider.config["messagingServiceSid"] ?? provider.config["fromNumber"];
  if (typeof configured === "string") return configured;
  const senders = await listSenders(db, provider.accountSid);
  const own = senders.find((sender) => sender.providerId === provider.id);
  const any = own ?? (provider.kind === "sandbox" ? senders[0] : undefined);
  if (any !== undefined) return any.address;
  throw invalidFields([{ in: "body", field: "from", message: "the provider has no sender: name one" }]);
}

/** The message once something has come of it, or as it stands after ten seconds. */
async function outcomeOf(
  { db }: ProviderTestDeps,
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
