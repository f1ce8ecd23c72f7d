// The words and replies of STOP, START and HELP: of an account, one of its messaging services or one of its senders.

import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { z } from "zod";
import { isTollFree } from "../../../core/addresses/phone-number.ts";
import { parseSender } from "../../../core/addresses/sender.ts";
import { GatewayError } from "../../../core/errors.ts";
import { type AccountSid, canonicalSid, type MessagingServiceSid } from "../../../core/ids.ts";
import type { KeywordPlace } from "../../../core/keywords/keywords.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import { changeKeywords, type KeywordTarget } from "../../../services/consent/change-keywords.ts";
import type { Database } from "../../../store/database.ts";
import { findKeywordChains } from "../../../store/keyword-settings.ts";
import { findMessagingService } from "../../../store/messaging-services.ts";
import { findSenderByAddress } from "../../../store/senders.ts";
import { accountFor, operators } from "../auth.ts";
import { invalidFields } from "../errors.ts";
import { commonErrors } from "../schema.ts";
import { presentKeywords, readSettings } from "./present.ts";
import * as schema from "./schema.ts";

export interface KeywordRoutesDeps {
  readonly db: Database;
  readonly authenticator: Authenticator;
}

/** Whose keywords a request is about. */
interface Target extends KeywordTarget {
  readonly place: KeywordPlace;
}

export function registerKeywordRoutes(app: FastifyInstance, deps: KeywordRoutesDeps): void {
  register(app, deps, {
    path: "/accounts/:sid/keywords",
    whose: "an account",
    params: schema.accountParams,
    find: async (accountSid) => ofAccount(accountSid),
  });
  register(app, deps, {
    path: "/accounts/:sid/messaging-services/:serviceSid/keywords",
    whose: "a messaging service",
    params: schema.serviceParams,
    find: (accountSid, { serviceSid }) => ofService(deps.db, accountSid, serviceSid),
  });
  register(app, deps, {
    path: "/accounts/:sid/senders/:address/keywords",
    whose: "a phone number or short code",
    params: schema.senderParams,
    find: (accountSid, { address }) => ofSender(deps.db, accountSid, address),
  });
}

interface Resource<Params extends z.ZodType<{ sid: string }>> {
  readonly path: string;
  readonly whose: string;
  readonly params: Params;
  /** Rejects with `not-found`. */
  readonly find: (accountSid: AccountSid, params: z.output<Params>) => Promise<Target>;
}

function register<Params extends z.ZodType<{ sid: string }>>(
  app: FastifyInstance,
  { db, authenticator }: KeywordRoutesDeps,
  { path, whose, params, find }: Resource<Params>,
): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const shared = { tags: ["keywords"], params };
  const response = { 200: schema.keywordsReply, ...commonErrors };
  const targetOf = async (request: FastifyRequest): Promise<Target> => {
    const given = request.params as z.output<Params>;
    return find(await accountFor(authenticator, request, given.sid), given);
  };
  routes.get(
    path,
    { schema: { ...shared, summary: `STOP, START and HELP of ${whose}: words and replies`, response } },
    async (request) => {
      const target = await targetOf(request);
      const [chain = []] = await findKeywordChains(db, [target.owner]);
      return presentKeywords({ ...target, chain });
    },
  );
  routes.put(
    path,
    {
      config: { roles: operators },
      schema: {
        ...shared,
        summary: `Say which words and replies ${whose} has; what is left out is inherited`,
        body: schema.keywordsBody,
        response,
      },
    },
    async (request) => {
      const target = await targetOf(request);
      const { problems, chain } = await changeKeywords(db, request.principal, target, readSettings(request.body));
      if (problems.length > 0) throw invalidFields(problems.map((problem) => ({ in: "body", ...problem })));
      return presentKeywords({ ...target, chain });
    },
  );
}

function ofAccount(accountSid: AccountSid): Target {
  const owner = { accountSid, messagingServiceSid: null, senderId: null };
  return { owner, scope: "account", subject: accountSid, isShortCode: false, place: "number" };
}

async function ofService(db: Database, accountSid: AccountSid, given: string): Promise<Target> {
  const sid = canonicalSid<MessagingServiceSid>(given);
  if ((await findMessagingService(db, accountSid, sid)) === null) {
    throw new GatewayError("not-found", `The account has no messaging service ${given}.`);
  }
  const owner = { accountSid, messagingServiceSid: sid, senderId: null };
  return { owner, scope: "service", subject: sid, isShortCode: false, place: "number" };
}

async function ofSender(db: Database, accountSid: AccountSid, given: string): Promise<Target> {
  // In a path the + of a number is easily lost.
  const numbers = [given, `+${given}`].flatMap((text) => parseSender(text)?.address ?? []);
  for (const address of numbers) {
    const sender = await findSenderByAddress(db, accountSid, address);
    // Nobody can write to an alphanumeric id.
    if (sender === null || sender.kind === "alphanumeric") continue;
    const isShortCode = sender.kind === "short_code";
    const place = isShortCode ? "short-code" : isTollFree(address) ? "toll-free" : "number";
    const owner = { accountSid, messagingServiceSid: sender.messagingServiceSid, senderId: sender.id };
    return { owner, scope: "sender", subject: sender.sid, isShortCode, place };
  }
  throw new GatewayError("not-found", `The account has no phone number or short code ${given}.`);
}
