// `POST /hooks/fusionauth/{provider}`: the address for a generic messenger of FusionAuth. Any 2xx means to FusionAuth that the
// message is on its way, so the answer follows the commit; it goes out through the account's fallback chain.

import type { FastifyInstance } from "fastify";
import { GatewayError } from "../../../core/errors.ts";
import type { AccountSid } from "../../../core/ids.ts";
import type { Acceptance } from "../../../services/acceptance.ts";
import { type CallerDeps, createCallerCheck } from "./caller.ts";
import { readHookMessage } from "./schema.ts";

export interface FusionAuthHookDeps extends CallerDeps {
  readonly acceptance: Acceptance;
  /** ISO 3166-1 alpha-2; null: numbers without a country are American. */
  readonly defaultRegion: string | null;
}

const usualRegion = "US";
const accounts = new WeakMap<object, AccountSid>();

export function registerFusionAuthHook(app: FastifyInstance, deps: FusionAuthHookDeps): void {
  const check = createCallerCheck(deps);
  app.route<{ Params: { readonly provider: string } }>({
    method: "POST",
    url: "/fusionauth/:provider",
    async onRequest(request) {
      accounts.set(request, await check(request, request.params.provider));
    },
    async handler(request, reply) {
      const accountSid = accounts.get(request);
      if (accountSid === undefined) throw new Error("a hook was reached without a caller");
      const type = request.headers["content-type"] ?? "";
      if (!/^application\/json\b/i.test(type)) {
        throw new GatewayError("unsupported-media-type", "The body must be application/json.");
      }
      const message = readHookMessage(request.body, deps.defaultRegion ?? usualRegion);
      const { message: accepted } = await deps.acceptance.accept(accountSid, message, { anySender: true });
      return reply.code(200).send({ sid: accepted.sid, status: accepted.status });
    },
  });
}
