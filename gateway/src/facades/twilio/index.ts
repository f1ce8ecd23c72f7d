// Twilio's v2010 API as a Fastify plugin, to be registered under /2010-04-01. Authentication comes before everything
// else, so that a stranger learns neither which paths nor which accounts exist; every answer, right or wrong, has
// Twilio's shape; nothing that a client sends may end in a 5xx.

import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { Clock } from "../../core/clock.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import { GatewayError, toError } from "../../core/errors.ts";
import type { Acceptance } from "../../services/acceptance.ts";
import type { Authenticator } from "../../services/authenticator.ts";
import type { Database } from "../../store/database.ts";
import { registerAccountRoutes } from "./accounts/routes.ts";
import { authenticate, openPublicly } from "./auth.ts";
import { answer, pathOf, type TwilioCall } from "./call.ts";
import { type Concurrency, createConcurrency } from "./concurrency.ts";
import { fromFrameworkError, presentError } from "./errors.ts";
import { registerFeedbackRoutes } from "./feedback/routes.ts";
import { emptyForm, parseForm, parseFormBytes } from "./form.ts";
import { registerMediaRoutes } from "./media/routes.ts";
import { registerMessageRoutes } from "./messages/routes.ts";
import { formatOf, hasSuffix } from "./routing.ts";

export interface TwilioFacadeDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sealer: Sealer;
  readonly acceptance: Acceptance;
  readonly authenticator: Authenticator;
  /** Called after the commit that canceled a message. */
  readonly onCanceled: () => void;
}

/** Where the plugin is to be registered. */
export const twilioPrefix = "/2010-04-01";

/** The plugin: `app.register(createTwilioFacade(deps), { prefix: twilioPrefix })`. */
export function createTwilioFacade(deps: TwilioFacadeDeps): (app: FastifyInstance) => Promise<void> {
  return async (app) => {
    const concurrency = createConcurrency();
    app.decorateRequest("twilio", null);
    readForms(app);
    app.addHook("onRequest", (request, _reply, done) => {
      try {
        const waiting = begin(deps.authenticator, concurrency, request);
        if (waiting === undefined) done();
        else waiting.then(() => done(), done);
      } catch (error) {
        done(toError(error));
      }
    });
    app.addHook("onResponse", (request, _reply, done) => {
      const call = request.twilio;
      if (call?.countedFor) concurrency.leave(call.countedFor);
      done();
    });
    app.setErrorHandler((error: FastifyError, request, reply) => sendError(deps.log, error, request, reply));
    app.setNotFoundHandler((request) => {
      throw new GatewayError("not-found", "There is no such resource.", { values: { path: pathOf(request) } });
    });
    app.options("/*", (request, reply) => answer(request, reply, { status: 204 }));
    registerMessageRoutes(app, deps);
    registerMediaRoutes(app, deps);
    registerFeedbackRoutes(app, deps);
    registerAccountRoutes(app, deps);
  };
}

/** Opens the call: who asks, for which account, with which query. Synchronous whenever nothing has to be looked up. */
function begin(
  authenticator: Authenticator,
  concurrency: Concurrency,
  request: FastifyRequest,
): Promise<void> | undefined {
  const call: TwilioCall = {
    startedMs: performance.now(),
    concurrency,
    principal: null,
    accountSid: null,
    countedFor: null,
  };
  request.twilio = call;
  if (request.method === "OPTIONS") return undefined;
  if (isPublicMedia(request)) openPublicly(request, call);
  else {
    const waiting = authenticate(authenticator, request, call);
    if (waiting !== undefined) return waiting.then(() => readQuery(request));
  }
  readQuery(request);
  return undefined;
}

/** Forms are read strictly; a body of any other type is no form, so its parameters are missing. */
function readForms(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "buffer" }, (_request, body, done) => {
    try {
      done(null, parseFormBytes(body as Buffer));
    } catch (error) {
      done(toError(error));
    }
  });
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, _body, done) => done(null, emptyForm));
}

/** The query as a strictly read form, in place of Fastify's lenient reading of it. */
function readQuery(request: FastifyRequest): void {
  const url = request.raw.url ?? "";
  const start = url.indexOf("?");
  request.query = start < 0 ? emptyForm : parseForm(url.slice(start + 1));
}

const mediaPath = /\/Messages\/[^/]+\/Media\/[^/]+$/;

/** Media bytes are public as Twilio's are: their SIDs cannot be guessed. Credentials that are given must be right. */
function isPublicMedia(request: FastifyRequest): boolean {
  if (request.headers.authorization !== undefined) return false;
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  const path = pathOf(request);
  return mediaPath.test(path) && !hasSuffix(path);
}

function sendError(log: Logger, thrown: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = thrown instanceof GatewayError ? thrown : fromFrameworkError(thrown);
  const error = known ?? new GatewayError("internal", "Internal Server Error", { cause: thrown });
  const path = pathOf(request);
  const { status, contentType, headers, body } = presentError(error, formatOf(path), path);
  if (status >= 500 && status !== 503) log.error({ err: thrown, requestId: request.id }, "a Twilio call failed");
  else if (status === 503) log.warn({ err: error, requestId: request.id }, "a Twilio call could not be served");
  return answer(request, reply, { status, contentType, body, headers });
}
