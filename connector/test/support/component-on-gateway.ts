// The component in the platform's harness, with connections to a gateway of its own. Call stop() when done.

import { inspect } from "node:util";
import type { ActionLogger, Connection } from "@prismatic-io/spectral";
import { createConnection, createHarness } from "@prismatic-io/spectral/dist/testing.js";
import { startTestGateway, type TestGateway, type TestGatewayOptions } from "../../../gateway/test/support/gateway.ts";
import { apiKeyConnection } from "../../src/connections/api-key.ts";
import { authTokenConnection } from "../../src/connections/auth-token.ts";
import component from "../../src/index.ts";

export const harness = createHarness(component);

/** What was logged, as one text per line. */
export const logged: string[] = [];
const take = (...args: unknown[]) => void logged.push(args.map((arg) => inspect(arg, { depth: 10 })).join(" "));
export const logger: ActionLogger = {
  metric: take,
  trace: take,
  debug: take,
  info: take,
  log: take,
  warn: take,
  error: take,
};

/** Numbers of handsets, a new one with every call. */
export function newHandsets(): () => string {
  let last = 1000;
  return () => `+1202555${last++}`;
}

export interface ComponentOnGateway {
  readonly gateway: TestGateway;
  /** By auth token. */
  readonly connection: Connection;
  readonly apiKey: Connection;
  /** The auth-token connection, to another address. */
  at(baseUrl: string): Connection;
  /** Runs an action and gives its `data`, typed as the test expects it. */
  run<Data>(action: string, params: Readonly<Record<string, unknown>>): Promise<Data>;
  stop(): Promise<void>;
}

export async function componentOnGateway(options: TestGatewayOptions = {}): Promise<ComponentOnGateway> {
  const gateway = await startTestGateway({ dispatch: true, ...options });
  const at = (apiBaseUrl: string) =>
    createConnection(authTokenConnection, {
      username: gateway.accountSid,
      password: gateway.authToken,
      apiBaseUrl,
    });
  const connection = at(gateway.url);
  return {
    gateway,
    connection,
    at,
    apiKey: createConnection(apiKeyConnection, {
      accountSid: gateway.accountSid,
      apiKey: gateway.apiKey.sid,
      apiSecret: gateway.apiKey.secret,
      authToken: gateway.authToken,
      apiBaseUrl: gateway.url,
    }),
    async run<Data>(action: string, params: Readonly<Record<string, unknown>>) {
      const result = await harness.action(action, { twilioConnection: connection, ...params }, { logger });
      return result?.data as Data;
    },
    stop: () => gateway.stop(),
  };
}
