// The pages on which a person signs in and gives consent, in the middle of an authorization. Each belongs to one request of
// one browser: its cookie names it, and a token in the form that nobody else can know guards every step.

import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { errors, type InteractionResults, type Provider } from "oidc-provider";
import { sameSecret } from "../../../core/credentials/secrets.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { SignIn } from "../../../services/oauth/sign-in.ts";
import { findSubjectClaims } from "../../../services/oauth/subjects.ts";
import type { Queryable } from "../../../store/database.ts";
import { findRegisteredClient } from "../../../store/oauth-clients.ts";
import { publicUrlOf } from "../../listener.ts";
import { presentFailure } from "../pages/failure.ts";
import { sourceOf, withFormTargets } from "../pages/security-policy.ts";
import { presentConsent, presentSignIn } from "../pages/sign-in.ts";
import { paths } from "../provider/configuration.ts";
import type { Issuer, Issuers } from "../provider/issuers.ts";
import { readForm } from "./schema.ts";

export interface InteractionDeps {
  readonly db: Queryable;
  readonly issuers: Issuers;
  readonly signIn: SignIn;
}

const notFromOurPage =
  "This form was not sent from the page it belongs to. Behind a proxy, TRUNKLINE_PUBLIC_URL must be the address that the browser shows.";

type Interaction = Awaited<ReturnType<Provider["interactionDetails"]>>;

/** One interaction of the browser that asks. */
interface Step {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly issuing: Issuer;
  readonly interaction: Interaction;
}

export function registerInteractions(app: FastifyInstance, deps: InteractionDeps): void {
  const url = `${paths.interaction}/:uid`;
  app.get(url, async (request, reply) => {
    const step = await findStep(deps, request, reply);
    return step === null ? sendExpired(reply) : await sendStep(deps, step, { email: "", problem: null });
  });
  app.post(url, async (request, reply) => {
    const step = await findStep(deps, request, reply);
    return step === null ? sendExpired(reply) : await takeStep(deps, step);
  });
}

/** Null: the browser has no such interaction under way. */
async function findStep(
  { issuers }: InteractionDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Step | null> {
  const issuing = await issuers.of(publicUrlOf(request));
  try {
    const interaction = await issuing.provider.interactionDetails(request.raw, reply.raw);
    const { uid } = request.params as { uid: string };
    return interaction.uid === uid ? { request, reply, issuing, interaction } : null;
  } catch (error) {
    if (error instanceof errors.SessionNotFound) return null;
    throw error;
  }
}

async function takeStep(deps: InteractionDeps, step: Step): Promise<FastifyReply> {
  const { request, reply, interaction } = step;
  const form = readForm(request.body);
  if (!isFromOurPage(step) || !sameSecret(form.csrf, csrfOf(interaction))) {
    return sendPage(reply.code(403), presentFailure(notFromOurPage, "form_from_elsewhere"), []);
  }
  const { name } = interaction.prompt;
  if (form.action === "cancel") {
    const refusal = { error: "access_denied", error_description: "The sign-in was cancelled." };
    return await finish(step, refusal, false);
  }
  if (name === "login" && form.action === "sign-in") return await signIn(deps, step, form);
  if (name === "consent" && form.action === "allow") return await allow(step);
  return await sendStep(deps, step, { email: "", problem: null });
}

/** Browsers say where a form was sent from; whoever leaves it out has the token to show. */
function isFromOurPage({ request, issuing }: Step): boolean {
  const { origin, "sec-fetch-site": site } = request.headers;
  if (typeof site === "string" && site !== "same-origin") return false;
  return origin === undefined || origin === new URL(issuing.issuer).origin;
}

async function signIn(
  deps: InteractionDeps,
  step: Step,
  { email, password }: { readonly email: string; readonly password: string },
): Promise<FastifyReply> {
  try {
    const { userId, signedInAt } = await deps.signIn.checkPassword(email, password, step.request.ip);
    const login = { accountId: userId, ts: signedInAt, amr: ["pwd"], remember: false };
    return await finish(step, { login }, false);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    if (error.code === "rate-limited") {
      step.reply.code(429).header("retry-after", error.values["retryAfterSeconds"] ?? "60");
    } else if (error.code === "unauthenticated") step.reply.code(401);
    else throw error;
    return await sendStep(deps, step, { email, problem: error.message });
  }
}

async function allow(step: Step): Promise<FastifyReply> {
  const { interaction, issuing } = step;
  const { session, grantId, params, prompt } = interaction;
  const accountId = session?.accountId;
  const clientId = params["client_id"];
  if (accountId === undefined || typeof clientId !== "string") return sendExpired(step.reply);
  const existing = grantId === undefined ? undefined : await issuing.provider.Grant.find(grantId);
  const grant = existing ?? new issuing.provider.Grant({ accountId, clientId });
  grant.addOIDCScope(missingScopes(prompt.details).join(" "));
  return await finish(step, { consent: { grantId: await grant.save() } }, true);
}

function missingScopes(details: Readonly<Record<string, unknown>>): string[] {
  const missing = details["missingOIDCScope"];
  return Array.isArray(missing) ? missing.map(String) : [];
}

/** Back to the authorization, which goes on with the result. */
async function finish(step: Step, result: InteractionResults, merge: boolean): Promise<FastifyReply> {
  const { request, reply, issuing } = step;
  const options = { mergeWithLastSubmission: merge };
  const returnTo = await issuing.provider.interactionResult(request.raw, reply.raw, result, options);
  return reply.header("cache-control", "no-store").redirect(returnTo, 303);
}

async function sendStep(
  { db }: InteractionDeps,
  { reply, issuing, interaction }: Step,
  tried: { readonly email: string; readonly problem: string | null },
): Promise<FastifyReply> {
  const { params, prompt, session } = interaction;
  const clientId = String(params["client_id"]);
  const clientName = (await issuing.provider.Client.find(clientId))?.clientName ?? clientId;
  const csrf = csrfOf(interaction);
  const targets = typeof params["redirect_uri"] === "string" ? [sourceOf(params["redirect_uri"])] : [];
  if (prompt.name === "consent") {
    const claims = await findSubjectClaims(db, session?.accountId ?? "");
    const scopes = String(params["scope"] ?? "").split(" ");
    const registered = await findRegisteredClient(db, clientId);
    const owner = registered && { ...registered.client, accountName: registered.accountName };
    return sendPage(reply, presentConsent({ clientName, owner, csrf, email: claims?.name ?? "", scopes }), targets);
  }
  const hint = typeof params["login_hint"] === "string" ? params["login_hint"] : "";
  return sendPage(reply, presentSignIn({ clientName, csrf, ...tried, email: tried.email || hint }), targets);
}

/** Made of what only the gateway knows of the interaction; its name is in the page's address, and so is no secret. */
function csrfOf({ cid }: Interaction): string {
  return createHash("sha256")
    .update(`form ${String(cid)}`)
    .digest("base64url");
}

function sendExpired(reply: FastifyReply): FastifyReply {
  const message = "This sign-in has expired, or was begun in another browser.";
  return sendPage(reply.code(400), presentFailure(message, "interaction_expired"), []);
}

function sendPage(reply: FastifyReply, html: string, targets: readonly string[]): FastifyReply {
  return reply
    .headers({
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": withFormTargets(targets),
      "x-frame-options": "DENY",
      // Not less: a browser that says nothing of its origin could not be told from a stranger's page.
      "referrer-policy": "same-origin",
      "cache-control": "no-store",
    })
    .send(html);
}
