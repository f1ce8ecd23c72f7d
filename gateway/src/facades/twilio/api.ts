// What v2010 and the product APIs share: a call is opened (who asks, for which account, with which query), its form is
// read, its errors and its end have one form. Authentication comes before everything else, so that a stranger learns
// neither which paths nor which accounts exist; nothing that a client sends may end in a 5xx.

import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { GatewayError, toError } from "../../core/errors.ts";
import type { Authenticator } from "../../services/authenticator.ts";
import type { VerifySignedRequest } from "../../services/signed-requests.ts";
import { authenticate } from "./auth.ts";
import { answer, notFound, pathOf, resourcePathOf, type TwilioApi, type TwilioCall } from "./call.ts";
import type { Concurrency } from "./concurrency.ts";
import { fromFrameworkError, presentError } from "./errors.ts";
import { emptyForm, parseForm, parseFormBytes } from "./form.ts";
import { checkPermission } from "./permissions.ts";
import { checkSignatures, noteBody, noteSignature } from "./signed-requests.ts";

export interface ApiDeps {
  readonly authenticator: Authenticator;
  readonly log: Logger;
  readonly concurrency: Concurrency;
  readonly verifySignedRequest: VerifySignedRequest;
}

/** The plugin of one API; `registerRoutes` adds its resources. */
export function createApi(
  api: TwilioApi,
  deps: ApiDeps,
  registerRoutes: (app: FastifyInstance) => void,
): (app: FastifyInstance) => Promise<void> {
  return async (app) => {
    readForms(app);
    app.addHook("onRequest", (request, _reply, done) => {
      try {
        const waiting = begin(api, deps, request);
        if (waiting === undefined) done();
        else waiting.then(() => done(), done);
      } catch (error) {
        done(toError(error));
      }
    });
    checkSignatures(app, deps.verifySignedRequest);
    app.addHook("onResponse", (request, _reply, done) => {
      const call = request.twilio;
      if (call?.countedFor) deps.concurrency.leave(call.countedFor);
      done();
    });
    app.setErrorHandler((error: FastifyError, request, reply) => sendError(api, deps.log, error, request, reply));
    app.setNotFoundHandler((request) => {
      throw notFound(request);
    });
    app.options("/*", (request, reply) => answer(request, reply, { status: 204 }));
    registerRoutes(app);
  };
}

/** Opens the call. Synchronous whenever nothing has to be looked up. */
function begin(
  api: TwilioApi,
  { authenticator, concurrency }: ApiDeps,
  request: FastifyRequest,
): Promise<void> | undefined {
  const call: TwilioCall = {
    api,
    startedMs: performance.now(),
    concurrency,
    principal: null,
    accountSid: null,
    countedFor: null,
    signature: null,
  };
  request.twilio = call;
  if (request.method === "OPTIONS") return undefined;
  if (!api.openWithoutCredentials(request, call)) {
    const waiting = authenticate(authenticator, request, call, api.accountIn(request));
    if (waiting !== undefined) return waiting.then(() => enter(request, call));
  }
  enter(request, call);
  return undefined;
}

function enter(request: FastifyRequest, call: TwilioCall): void {
  checkPermission(request, call);
  noteSignature(request, call);
  readQuery(request);
}

/** Forms are read strictly; a body of any other type is no form, so its parameters are missing. */
function readForms(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "buffer" }, (request, body, done) => {
    try {
      noteBody(request, body as Buffer);
      done(null, parseFormBytes(body as Buffer));
    } catch (error) {
      done(toError(error));
    }
  });
  app.addContentTypeParser("*", { parseAs: "buffer" }, (request, body, done) => {
    noteBody(request, body as Buffer);
    done(null, emptyForm);
  });
}

/** The query as a strictly read form, in place of Fastify's lenient reading of it. */
function readQuery(request: FastifyRequest): void {
  const url = request.raw.url ?? "";
  const start = url.indexOf("?");
  request.query = start < 0 ? emptyForm : parseForm(url.slice(start + 1));
}

function sendError(
  api: TwilioApi,
  log: Logger,
  thrown: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const known = thrown instanceof GatewayError ? thrown : fromFrameworkError(thrown);
  const error = known ?? new GatewayError("internal", "Internal Server Error", { cause: thrown });
  const presented = presentError(error, api.formatOf(pathOf(request)), resourcePathOf(request));
  const { status, contentType, headers, body } = presented;
  if (status >= 500 && status !== 503) log.error({ err: thrown, requestId: request.id }, "a Twilio call failed");
  else if (status === 503) log.warn({ err: error, requestId: request.id }, "a Twilio call could not be served");
  return answer(request, reply, { status, contentType, body, headers });
}
