// A load generator for demonstrations: messages to made-up handsets. They go through the account's built-in sandbox alone,
// whatever its chain says: no click here may ever cost money or reach a person.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { GatewayError, toError } from "../../../core/errors.ts";
import type { AccountSid } from "../../../core/ids.ts";
import type { Acceptance } from "../../../services/acceptance.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import type { Providers } from "../../../services/providers.ts";
import type { Database } from "../../../store/database.ts";
import { listSenders } from "../../../store/senders.ts";
import { accountFor, operators } from "../auth.ts";
import { commonErrors } from "../schema.ts";
import * as schema from "./schema.ts";

export interface SandboxLoadDeps {
  readonly db: Database;
  readonly authenticator: Authenticator;
  readonly acceptance: Acceptance;
  readonly providers: Providers;
}

/** Numbers that no one has: those from 555-0100 to 555-0199 are reserved for examples, in each area. */
const areas = ["202", "212", "305", "312", "415", "512", "617", "702", "713", "206"];

export function registerSandboxLoadRoutes(app: FastifyInstance, deps: SandboxLoadDeps): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    "/sandbox/load",
    {
      config: { roles: operators },
      schema: {
        tags: ["sandbox"],
        summary: "Send many messages through the sandbox alone",
        body: schema.loadBody,
        response: { 200: schema.loadReply, ...commonErrors },
      },
    },
    async (request) => {
      const { account, messages, handsets } = request.body;
      const accountSid = await accountFor(deps.authenticator, request, account);
      const sandbox = (await deps.providers.list(accountSid)).find(({ builtIn }) => builtIn);
      if (sandbox === undefined) throw new GatewayError("not-found", "The account has no built-in sandbox.");
      const from = await senderOf(deps.db, accountSid);
      const results = await Promise.allSettled(
        Array.from({ length: messages }, (_none, index) =>
          deps.acceptance.accept(accountSid, { ...messageTo(index % handsets), from }, { onlyProvider: sandbox.id }),
        ),
      );
      const refused = results.filter((result) => result.status === "rejected");
      const reason = refused[0] === undefined ? null : publicReason(refused[0].reason);
      return { accepted: messages - refused.length, refused: refused.length, reason };
    },
  );
}

async function senderOf(db: Database, accountSid: AccountSid): Promise<string> {
  const number = (await listSenders(db, accountSid)).find(({ kind }) => kind === "number");
  if (number !== undefined) return number.address;
  throw new GatewayError("conflict", "The account has no phone number to send from; add one first.");
}

function messageTo(handset: number): { to: string; body: string } {
  const area = areas[handset % areas.length];
  const line = String(10 + Math.floor(handset / areas.length)).padStart(2, "0");
  const code = Math.floor(100_000 + Math.random() * 900_000);
  return { to: `+1${area}55501${line}`, body: `Your code is ${code}. It is valid for ten minutes.` };
}

/** Throws what is not the request's fault: a database that is away is a 503. */
function publicReason(thrown: unknown): string {
  if (!(thrown instanceof GatewayError) || thrown.code === "database-unavailable") throw toError(thrown);
  return thrown.message;
}
