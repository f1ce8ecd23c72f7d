// `POST /hooks/zitadel/{hook}`: the endpoint for an HTTP SMS provider of ZITADEL. Any 2xx means to ZITADEL that the message is
// on its way, and it waits five seconds for it: the answer follows the commit, and sending follows the answer.

import type { FastifyInstance } from "fastify";
import { GatewayError } from "../../../core/errors.ts";
import type { AccountSid } from "../../../core/ids.ts";
import type { Message } from "../../../core/messages/message.ts";
import type { Acceptance } from "../../../services/acceptance.ts";
import type { Providers } from "../../../services/providers.ts";
import { findIdempotencyKey } from "../../../store/idempotency.ts";
import { findMessage } from "../../../store/message-queries.ts";
import { accountOfCaller, type CallerDeps } from "./caller.ts";
import { keysOf, messageOf, readEvent, repeatedWithinMs, type ZitadelEvent } from "./event.ts";

export interface ZitadelHookDeps extends CallerDeps {
  readonly acceptance: Acceptance;
  readonly providers: Pick<Providers, "get">;
}

const bodyBytesMax = 64 * 1024;

/** Registers into a plugin of its own: it needs the body as it came. */
export function registerZitadelHook(app: FastifyInstance, deps: ZitadelHookDeps): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: bodyBytesMax }, (_request, body, done) => {
    done(null, body);
  });
  app.post<{ Params: { readonly hook: string } }>("/zitadel/:hook", async (request, reply) => {
    const body = request.body instanceof Uint8Array ? request.body : new Uint8Array();
    const { hook } = request.params;
    const accountSid = await accountOfCaller(deps, request, { id: hook, body });
    const event = readEvent(body);
    await refuseOwn(deps, accountSid, event, request.headers["user-agent"]);
    const { sid, status } = await acceptOnce(deps, accountSid, hook.toLowerCase(), event);
    return reply.code(200).header("cache-control", "no-store").send({ sid, status });
  });
}

async function acceptOnce(
  { db, clock, acceptance }: ZitadelHookDeps,
  accountSid: AccountSid,
  hook: string,
  event: ZitadelEvent,
): Promise<Pick<Message, "sid" | "status">> {
  const { current, previous } = keysOf(hook, event, clock.nowMs());
  const earlier = await findIdempotencyKey(db, accountSid, previous);
  const before = earlier && (await findMessage(db, accountSid, earlier.messageSid));
  if (before !== null && clock.nowMs() - before.createdAt.getTime() < repeatedWithinMs) return before;
  const options = { anySender: true, idempotency: current };
  return (await acceptance.accept(accountSid, messageOf(event), options)).message;
}

/**
 * A provider of this very account that posts here would go round for ever: what it sends would come back to it through the
 * chain.
 */
async function refuseOwn(
  { providers }: ZitadelHookDeps,
  accountSid: AccountSid,
  { providerId }: ZitadelEvent,
  userAgent: string | undefined,
): Promise<void> {
  if (userAgent !== "Trunkline" || providerId === "") return;
  const own = await providers.get(accountSid, providerId).catch((error: unknown) => {
    if (error instanceof GatewayError && error.code === "not-found") return null;
    throw error;
  });
  if (own === null) return;
  throw new GatewayError(
    "invalid-parameter",
    `The provider ${providerId} of this account posts to the account itself.`,
  );
}
