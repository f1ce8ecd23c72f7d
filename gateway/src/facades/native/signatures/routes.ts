// The signature checker: which of the account's tokens made a signature, and over what. It never tells the right signature:
// who may not see the auth token must not be able to sign with it.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Sealer } from "../../../core/credentials/seal.ts";
import { GatewayError } from "../../../core/errors.ts";
import { textToSign, verifySignature } from "../../../core/signature/signature.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import { findAccount } from "../../../store/accounts.ts";
import type { Database } from "../../../store/database.ts";
import { accountFor, operators } from "../auth.ts";
import { commonErrors } from "../schema.ts";
import * as schema from "./schema.ts";

export interface SignatureRoutesDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly authenticator: Authenticator;
}

export function registerSignatureRoutes(
  app: FastifyInstance,
  { db, sealer, authenticator }: SignatureRoutesDeps,
): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    "/signatures/check",
    {
      config: { roles: operators },
      schema: {
        tags: ["callbacks"],
        summary: "Find out why an application refuses the signature of a callback",
        body: schema.checkBody,
        response: { 200: schema.checkReply, ...commonErrors },
      },
    },
    async (request) => {
      const { account: named, url, signature } = request.body;
      const fields = request.body.fields.map(({ name, value }): [string, string] => [name, value]);
      const accountSid = await accountFor(authenticator, request, named);
      const account = await findAccount(db, sealer, accountSid);
      if (account === null) throw new GatewayError("not-found", `There is no account ${accountSid}.`);
      const madeWith = (token: string | null): boolean =>
        token !== null && verifySignature({ tokens: [token], urls: [url], signature, params: fields });
      const matches = madeWith(account.authToken)
        ? "primary"
        : madeWith(account.secondaryAuthToken)
          ? "secondary"
          : null;
      return { matches, signedText: textToSign(url, fields) } as const;
    },
  );
}
