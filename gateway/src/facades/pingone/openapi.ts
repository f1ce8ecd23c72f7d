// The PingOne routes as /openapi.json describes them: for people; PingOne's clients know them by heart.

import { joinOpenapi, type OpenapiOperation, type OpenapiPart, type OpenapiSchema } from "../openapi-part.ts";
import { settingsPath } from "./phone-delivery-settings/present.ts";

const tag = "PingOne";
const base = "/v1/environments/{environmentId}";
const text = (description: string): OpenapiSchema => ({ type: "string", description });
const ref = (name: string): OpenapiSchema => ({ $ref: `#/components/schemas/${name}` });

interface Described {
  readonly summary: string;
  readonly body?: string;
  /** Null: nothing comes back. */
  readonly answer: string | null;
  readonly status?: string;
}

function operation(path: string, { summary, body, answer, status = "200" }: Described): OpenapiOperation {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const content = (name: string) => ({ "application/json": { schema: ref(name) } });
  return {
    tags: [tag],
    summary,
    parameters: names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } })),
    ...(body === undefined ? {} : { requestBody: { content: content(body) } }),
    responses: {
      [status]: { description: "Done.", ...(answer === null ? {} : { content: content(answer) }) },
      default: { description: "Refused.", content: content("PingOneError") },
    },
  };
}

function path(url: string, operations: Readonly<Record<string, Described>>): OpenapiPart["paths"] {
  const described = Object.entries(operations).map(([method, one]) => [method, operation(url, one)] as const);
  return { [url]: Object.fromEntries(described) };
}

const resource = (url: string, name: string, one: string): OpenapiPart["paths"] => ({
  ...path(url, {
    get: { summary: `The environment's ${name}`, answer: "PingOneCollection" },
    post: { summary: `Make one of the ${name}`, body: one, answer: one, status: "201" },
  }),
  ...path(`${url}/{id}`, {
    get: { summary: `One of the ${name}`, answer: one },
    put: { summary: `Change one of the ${name}`, body: one, answer: one },
    delete: { summary: `Delete one of the ${name}`, answer: null, status: "204" },
  }),
});

const settings = `${base}${settingsPath}`;

const routes: OpenapiPart = {
  tags: [
    {
      name: tag,
      description: "An account is an environment. Tokens come from `/{environmentId}/as/token`; see docs/pingone.md.",
    },
  ],
  paths: {
    ...path("/v1/environments", {
      get: { summary: "Environments that the caller reaches", answer: "PingOneCollection" },
    }),
    ...path(base, { get: { summary: "One environment", answer: "PingOneEnvironment" } }),
    ...resource(settings, "phone delivery settings", "PingOnePhoneDeliverySetting"),
    ...path(`${settings}/{id}/test`, {
      post: { summary: "Send a test message through one setting", body: "PingOneTest", answer: "PingOneTestOutcome" },
    }),
    ...path(`${base}/notificationsSettings`, {
      get: { summary: "Notification settings", answer: "PingOneNotificationsSettings" },
      put: {
        ...{ summary: "Change notification settings: the fallback chain among them" },
        ...{ body: "PingOneNotificationsSettings", answer: "PingOneNotificationsSettings" },
      },
      delete: { summary: "Reset notification settings", answer: "PingOneNotificationsSettings" },
    }),
    ...resource(`${base}/notificationsPolicies`, "notification policies", "PingOneNotificationsPolicy"),
  },
  schemas: {
    PingOneError: {
      type: "object",
      properties: {
        id: text("Also in the gateway's log."),
        code: text("INVALID_DATA, NOT_FOUND …"),
        message: text("For people."),
        details: { type: "array", items: { type: "object" }, description: "What is wrong, field by field." },
      },
    },
    PingOneCollection: { type: "object", description: "HAL: the items are in _embedded." },
    PingOneEnvironment: { type: "object", properties: { id: text("A UUID."), name: text("Of the account.") } },
    PingOnePhoneDeliverySetting: {
      type: "object",
      description: "A provider. Secrets go in, and never come out.",
      properties: { provider: text("CUSTOM_TWILIO, CUSTOM_TWILIO_MESSAGING_SERVICE, CUSTOM_PROVIDER …") },
    },
    PingOneNotificationsSettings: {
      type: "object",
      properties: {
        smsProvidersFallbackChain: { type: "array", items: text("The id of a setting, or PINGONE_TWILIO.") },
      },
    },
    PingOneNotificationsPolicy: {
      type: "object",
      description: "Country limits, quotas, cool-downs and chains by country. The default one is in force.",
      properties: { name: text("Unique.") },
    },
    PingOneTest: { type: "object", properties: { to: text("Who gets it."), message: text("Its text.") } },
    PingOneTestOutcome: { type: "object", properties: { messageSid: text("Of the message."), status: text("SENT …") } },
  },
};

const tokens: OpenapiPart = {
  tags: [],
  paths: {
    "/{environmentId}/as/token": {
      post: {
        ...operation("/{environmentId}/as/token", {
          summary: "Get a token (client credentials)",
          answer: "PingOneToken",
        }),
        security: [],
      },
    },
  },
  schemas: { PingOneToken: { type: "object", properties: { access_token: text("A signed JWT.") } } },
};

export const pingOneOpenapi: OpenapiPart = joinOpenapi(routes, tokens);
