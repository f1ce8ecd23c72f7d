// PingOne's management clients in tests: the requests that its Go SDK, the Terraform provider and the CLI make, against a
// gateway whose Twilio is another gateway.

import { newUuid, uuidOf } from "../../src/core/ids.ts";
import { insertClient } from "../../src/store/credentials.ts";
import { startTestGateway, type TestAccount, type TestGateway } from "./gateway.ts";

export interface PingOneAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Untyped: the test says what it expects to be in it. */
  readonly body: ReturnType<typeof JSON.parse>;
}

export interface PingOneClient {
  readonly environmentId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** `path` below the environment; a string body is sent as it is. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<PingOneAnswer>;
}

export const settingsPath = "/notificationsSettings/phoneDeliverySettings";
const userAgent = "pingtools PingOne-GOLANG-SDK (management)/0.34.0 go";

export async function environmentIdOf({ db }: TestGateway, { accountSid }: Pick<TestAccount, "accountSid">) {
  const [row] = await db.query<{ environment_id: string }>("select environment_id from accounts where id = $1", [
    uuidOf(accountSid),
  ]);
  return row?.environment_id ?? "";
}

/** A worker application of the account, with the token that it has fetched. */
export async function pingOneClient(
  gateway: TestGateway,
  account: Pick<TestAccount, "accountSid"> = gateway,
  role: "owner" | "viewer" = "owner",
): Promise<PingOneClient> {
  const environmentId = await environmentIdOf(gateway, account);
  const [clientId, clientSecret] = [newUuid(), newUuid()];
  const client = { id: newUuid(), clientId, clientSecret, name: "worker", role };
  await insertClient(gateway.db, account.accountSid, client);
  const token = await fetchToken(gateway.url, { environmentId, clientId, clientSecret });
  return {
    ...{ environmentId, clientId, clientSecret },
    call: (method, path, body, headers) =>
      callPingOne(`${gateway.url}/v1/environments/${environmentId}${path}`, token.body.access_token, {
        method,
        body,
        headers: headers ?? {},
      }),
  };
}

export async function fetchToken(
  url: string,
  { environmentId, clientId, clientSecret }: Pick<PingOneClient, "environmentId" | "clientId" | "clientSecret">,
): Promise<PingOneAnswer> {
  const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`;
  const response = await fetch(`${url}/${environmentId}/as/token`, {
    method: "POST",
    headers: { authorization, "content-type": "application/x-www-form-urlencoded" },
    body: "grant_type=client_credentials",
  });
  return await answerOf(response);
}

export async function callPingOne(
  url: string,
  token: string | null,
  request: { readonly method: string; readonly body?: unknown; readonly headers?: Record<string, string> },
): Promise<PingOneAnswer> {
  const { method, body, headers = {} } = request;
  const response = await fetch(url, {
    method,
    headers: {
      accept: "application/json",
      "user-agent": userAgent,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return await answerOf(response);
}

async function answerOf(response: Response): Promise<PingOneAnswer> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: text === "" ? null : JSON.parse(text) };
}

export interface PingOneWorld {
  readonly gateway: TestGateway;
  /** Where the gateway's Twilio is. */
  readonly upstream: TestGateway;
  readonly client: PingOneClient;
  stop(): Promise<void>;
}

export async function startPingOneWorld(options: { readonly dispatch?: boolean } = {}): Promise<PingOneWorld> {
  const upstream = await startTestGateway({ dispatch: options.dispatch === true });
  const environment = { TRUNKLINE_TWILIO_BASE_URL: upstream.url };
  const gateway = await startTestGateway({ ...options, environment });
  return {
    ...{ gateway, upstream, client: await pingOneClient(gateway) },
    async stop() {
      await gateway.stop();
      await upstream.stop();
    },
  };
}

/** The detail that Terraform looks at. */
export function firstDetail({ body }: PingOneAnswer) {
  return body?.details?.[0];
}
