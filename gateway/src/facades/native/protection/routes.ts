// What an account wants of protection, what was decided, and what would be.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { parseRecipient } from "../../../core/addresses/recipient.ts";
import type { Clock } from "../../../core/clock.ts";
import { GatewayError } from "../../../core/errors.ts";
import {
  type AccountSid,
  canonicalSid,
  type MessageSid,
  type MessagingServiceSid,
  type Uuid,
} from "../../../core/ids.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import { changeProtection } from "../../../services/protection/change-settings.ts";
import { explainProtection } from "../../../services/protection/explain.ts";
import type { Database } from "../../../store/database.ts";
import { listDecisions, loadProtectionPolicies } from "../../../store/protection.ts";
import { accountParams } from "../accounts/schema.ts";
import { accountFor, operators } from "../auth.ts";
import { invalidFields } from "../errors.ts";
import { commonErrors } from "../schema.ts";
import { presentDecisions, presentExplanation, presentSettings } from "./present.ts";
import * as schema from "./schema.ts";

export interface ProtectionRoutesDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly authenticator: Authenticator;
}

const tags = ["protection"];

export function registerProtectionRoutes(app: FastifyInstance, deps: ProtectionRoutesDeps): void {
  registerSettings(app, deps);
  registerDecisions(app, deps);
  registerExplaining(app, deps);
}

function registerSettings(app: FastifyInstance, { db, authenticator }: ProtectionRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
    "/accounts/:sid/protection",
    {
      schema: {
        tags,
        summary: "What an account wants of protection",
        params: accountParams,
        response: { 200: schema.settingsReply, ...commonErrors },
      },
    },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.params.sid);
      return presentSettings(await policyOf(db, accountSid));
    },
  );
  routes.put(
    "/accounts/:sid/protection",
    {
      config: { roles: operators },
      schema: {
        tags,
        summary: "Say what is to be watched, and whether it is denied or only recorded",
        params: accountParams,
        body: schema.settingsBody,
        response: { 200: schema.settingsReply, ...commonErrors },
      },
    },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.params.sid);
      await changeProtection(db, { accountSid, principal: request.principal }, request.body);
      return presentSettings(await policyOf(db, accountSid));
    },
  );
}

async function policyOf(db: Database, accountSid: AccountSid) {
  const [policy] = await loadProtectionPolicies(db, [accountSid]);
  if (policy === undefined) throw new GatewayError("not-found", `There is no account ${accountSid}.`);
  return policy;
}

function registerDecisions(app: FastifyInstance, { db, authenticator }: ProtectionRoutesDeps): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    "/protection/decisions",
    {
      schema: {
        tags,
        summary: "What was denied, held or recorded, and why; newest first",
        querystring: schema.decisionsQuery,
        response: { 200: schema.decisionsReply, ...commonErrors },
      },
    },
    async (request) => {
      const { account, message, rule, since, before, limit } = request.query;
      const accountSid = await accountFor(authenticator, request, account);
      const filter = {
        message: message === undefined ? undefined : canonicalSid<MessageSid>(message),
        rule,
        since: since === undefined ? undefined : new Date(since),
      };
      const cursor = before === undefined ? null : { direction: "older" as const, id: before as Uuid };
      return presentDecisions(await listDecisions(db, accountSid, filter, { limit, cursor }));
    },
  );
}

function registerExplaining(app: FastifyInstance, deps: ProtectionRoutesDeps): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    "/protection/explain",
    {
      schema: {
        tags,
        summary: "What would be decided about a message through a real provider now; nothing is sent or counted",
        body: schema.explainBody,
        response: { 200: schema.explainReply, ...commonErrors },
      },
    },
    async (request) => {
      const { account, to, from = null, body, messagingServiceSid, messageIntent, riskCheck } = request.body;
      const accountSid = await accountFor(deps.authenticator, request, account);
      const recipient = parseRecipient(to);
      if (recipient === null) {
        throw invalidFields([
          { in: "body", field: "to", message: "must be a phone number in E.164, or a channel address" },
        ]);
      }
      const explanation = await explainProtection(deps, {
        ...{ accountSid, from, body },
        to: recipient.kind === "number" ? recipient.e164 : recipient.address,
        messagingServiceSid:
          messagingServiceSid === undefined ? null : canonicalSid<MessagingServiceSid>(messagingServiceSid),
        options: {
          ...(messageIntent === undefined ? {} : { messageIntent }),
          ...(riskCheck === undefined ? {} : { riskCheck }),
        },
      });
      return presentExplanation(explanation);
    },
  );
}
