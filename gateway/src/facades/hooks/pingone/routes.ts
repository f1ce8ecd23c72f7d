// `POST|GET /hooks/pingone/{provider}`: the URL for a custom provider of PingOne. Any 2xx means to PingOne that the message is
// queued, so the answer follows the commit; it goes out through the account's fallback chain.

import type { FastifyInstance } from "fastify";
import type { AccountSid } from "../../../core/ids.ts";
import type { Acceptance } from "../../../services/acceptance.ts";
import { accountOfCaller, type CallerDeps } from "./caller.ts";
import { readHookMessage, readIdempotency } from "./schema.ts";

export interface PingOneHookDeps extends CallerDeps {
  readonly acceptance: Acceptance;
}

const accounts = new WeakMap<object, AccountSid>();

export function registerPingOneHook(app: FastifyInstance, deps: PingOneHookDeps): void {
  app.route<{ Params: { readonly provider: string } }>({
    method: ["GET", "POST"],
    url: "/pingone/:provider",
    exposeHeadRoute: false,
    async onRequest(request) {
      accounts.set(request, await accountOfCaller(deps, request, request.params.provider));
    },
    async handler(request, reply) {
      const accountSid = accounts.get(request);
      if (accountSid === undefined) throw new Error("a hook was reached without a caller");
      const message = readHookMessage(request);
      const idempotency = readIdempotency(request, message);
      const options = { anySender: true, ...(idempotency === undefined ? {} : { idempotency }) };
      const accepted = await deps.acceptance.accept(accountSid, message, options);
      return reply
        .code(200)
        .header("cache-control", "no-store")
        .send({ sid: accepted.message.sid, status: accepted.message.status });
    },
  });
}
