// The caller's account and its balance, which clients fetch to try out their credentials.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Sealer } from "../../../core/credentials/seal.ts";
import { GatewayError } from "../../../core/errors.ts";
import { findAccount } from "../../../store/accounts.ts";
import type { Database } from "../../../store/database.ts";
import { callerOf, notFound } from "../call.ts";
import { sendResource } from "../resource.ts";
import { type Format, registerCollection, registerItem } from "../routing.ts";
import { presentAccount, presentBalance } from "./present.ts";

export interface AccountRoutesDeps {
  readonly db: Database;
  readonly sealer: Sealer;
}

export function registerAccountRoutes(app: FastifyInstance, { db, sealer }: AccountRoutesDeps): void {
  async function fetch(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const { principal, accountSid } = callerOf(request);
    // The answer holds the auth token, so it is for who has it, and for owners. API keys are told what Twilio tells them.
    if (principal.credential === "api-key" || principal.role !== "owner") {
      throw new GatewayError("unauthenticated", "Use the account's auth token.");
    }
    const account = await findAccount(db, sealer, accountSid);
    if (account === null) throw notFound(request);
    return sendResource(request, reply, presentAccount(account), { status: 200, format, name: "Account" });
  }

  async function fetchBalance(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const { accountSid } = callerOf(request);
    return sendResource(request, reply, presentBalance(accountSid), { status: 200, format, name: "Balance" });
  }

  registerItem(app, "/Accounts/:accountFile", { GET: fetch });
  registerCollection(app, "/Accounts/:account/Balance", { GET: fetchBalance });
}
