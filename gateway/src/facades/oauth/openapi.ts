// The authorization server as /openapi.json describes it. Clients find its endpoints by discovery; this is for people.

import type { OpenapiOperation, OpenapiPart, OpenapiSchema } from "../openapi-part.ts";
import { paths } from "./provider/configuration.ts";

const tag = "OAuth 2 and OpenID Connect";
const text = (description: string): OpenapiSchema => ({ type: "string", description });
const error: OpenapiSchema = { $ref: "#/components/schemas/OauthError" };

interface Described {
  readonly summary: string;
  readonly form?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly answer?: OpenapiSchema;
  readonly done?: string;
  /** Of the answer. */
  readonly status?: string;
  /** Takes a bearer token; the others prove the client in their form. */
  readonly bearer?: boolean;
}

function operation({ summary, form, query = {}, answer, done = "Done.", status = "200", bearer }: Described) {
  const fields = Object.entries(form ?? {}).map(([name, about]) => [name, text(about)] as const);
  const described: OpenapiOperation = {
    tags: [tag],
    summary,
    ...(bearer === true ? {} : { security: [] }),
    parameters: Object.entries(query).map(([name, about]) => ({
      ...{ name, in: "query" as const, required: false },
      schema: text(about),
    })),
    ...(form === undefined ? {} : { requestBody: formOf(Object.fromEntries(fields)) }),
    responses: {
      [status]: {
        description: done,
        ...(answer === undefined ? {} : { content: { "application/json": { schema: answer } } }),
      },
      default: { description: "Refused.", content: { "application/json": { schema: error } } },
    },
  };
  return described;
}

function formOf(properties: Readonly<Record<string, OpenapiSchema>>) {
  return { content: { "application/x-www-form-urlencoded": { schema: { type: "object", properties } } } };
}

const clientFields = {
  client_id: "Of the client, unless it is in the Authorization header (Basic).",
  client_secret: "Its secret, likewise.",
};

export const oauthOpenapi: OpenapiPart = {
  tags: [
    {
      name: tag,
      description:
        "Administrators sign in with the code flow and PKCE; programs get tokens as clients or as service accounts. The scope `urn:zitadel:iam:org:project:id:zitadel:aud` gives a token the audience of the APIs.",
    },
  ],
  paths: {
    [paths.discovery]: { get: operation({ summary: "Where everything is (OpenID Connect Discovery)" }) },
    [paths.authorize]: {
      get: operation({
        summary: "Sign in: send the browser here",
        query: {
          client_id: "Of the client.",
          redirect_uri: "One of its registered URIs.",
          response_type: "`code`.",
          scope: "Space separated: `openid`, `profile`, `email`, `offline_access`, and the one for the APIs.",
          code_challenge: "SHA-256 of the verifier, base64url.",
          code_challenge_method: "`S256`.",
          state: "Comes back as it is.",
          nonce: "Comes back in the ID token.",
        },
        status: "303",
        done: "To the page to sign in, or back to the client.",
      }),
    },
    [paths.token]: {
      post: operation({
        summary: "Get tokens",
        form: {
          grant_type:
            "`authorization_code`, `refresh_token`, `client_credentials` or `urn:ietf:params:oauth:grant-type:jwt-bearer`.",
          ...clientFields,
          scope: "Space separated.",
          code: "Of the redirect, with `redirect_uri` and `code_verifier`.",
          redirect_uri: "As it was in the authorization.",
          code_verifier: "Whose hash was the challenge.",
          refresh_token: "Each can be used once; the answer has the next.",
          assertion: "A JWT signed with the key of a service account.",
        },
        answer: { $ref: "#/components/schemas/OauthTokens" },
      }),
    },
    [paths.introspect]: {
      post: operation({
        summary: "Ask about a token",
        form: { token: "Any token.", token_type_hint: "What it may be.", ...clientFields },
        answer: { $ref: "#/components/schemas/OauthIntrospection" },
      }),
    },
    [paths.revoke]: {
      post: operation({
        summary: "End a token, and everything that was granted with it",
        form: { token: "An access or refresh token.", token_type_hint: "Which of them.", ...clientFields },
      }),
    },
    [paths.keys]: { get: operation({ summary: "The public keys of ID tokens (JWKS)" }) },
    [paths.userinfo]: { get: operation({ summary: "Who the access token is about", bearer: true }) },
    [paths.endSession]: {
      get: operation({
        summary: "Sign out: send the browser here",
        query: {
          id_token_hint: "The ID token.",
          client_id: "Instead of it.",
          post_logout_redirect_uri: "A registered one.",
          state: "Comes back as it is.",
        },
        done: "A page that asks.",
      }),
    },
  },
  schemas: {
    OauthError: {
      type: "object",
      properties: { error: text("Of RFC 6749."), error_description: text("For people.") },
    },
    OauthTokens: {
      type: "object",
      properties: {
        access_token: text("Opaque."),
        token_type: text("`Bearer`."),
        expires_in: { type: "integer", description: "Seconds." },
        id_token: text("If `openid` was granted to somebody."),
        refresh_token: text("If `offline_access` was granted."),
        scope: text("What was granted."),
      },
    },
    OauthIntrospection: {
      type: "object",
      properties: {
        active: { type: "boolean", description: "False, and nothing else, for what the client may not know." },
        scope: text("Space separated."),
        client_id: text("Whom it was issued to."),
        sub: text("Whom it is about."),
        username: text("The same."),
        aud: { type: "array", items: { type: "string" } },
        exp: { type: "integer" },
        iat: { type: "integer" },
        iss: text("The issuer."),
        token_type: text("`Bearer`."),
      },
    },
  },
};
