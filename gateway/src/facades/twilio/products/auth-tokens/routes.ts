// The rotation of the caller's auth tokens: the secondary token is created, promoted or deleted. Its one parameter,
// SuppressEmailNotification, changes nothing: the gateway sends no such e-mail.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import {
  type AuthTokenDeps,
  createSecondaryToken,
  promoteSecondaryToken,
  removeSecondaryToken,
  type TokenOwner,
} from "../../../../services/auth-tokens.ts";
import { publicUrlOf } from "../../../listener.ts";
import { requireMain } from "../../auth.ts";
import { callerOf } from "../../call.ts";
import { sendDeleted, sendJson } from "../../resource.ts";
import { registerPath } from "../../routing.ts";
import { presentPromotion, presentSecondaryToken } from "./present.ts";

export function registerAuthTokenRoutes(app: FastifyInstance, deps: AuthTokenDeps): void {
  async function create(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const owner = ownerOf(request);
    const made = await createSecondaryToken(deps, owner);
    return sendJson(request, reply, presentSecondaryToken(owner.accountSid, made, publicUrlOf(request)), {
      status: 201,
    });
  }

  async function remove(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    await removeSecondaryToken(deps, ownerOf(request));
    return sendDeleted(request, reply);
  }

  async function promote(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const owner = ownerOf(request);
    const promoted = await promoteSecondaryToken(deps, owner);
    return sendJson(request, reply, presentPromotion(owner.accountSid, promoted, publicUrlOf(request)));
  }

  registerPath(app, "/AuthTokens/Secondary", { POST: create, DELETE: remove });
  registerPath(app, "/AuthTokens/Promote", { POST: promote });
}

function ownerOf(request: FastifyRequest): TokenOwner {
  const caller = callerOf(request);
  requireMain(caller.principal);
  return caller;
}
