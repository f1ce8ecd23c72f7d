// The routes of the Twilio facade as they are registered, for tests of tables that must know them all.

import { fastify } from "fastify";
import { createTwilioFacade, type TwilioFacadeDeps } from "../../src/facades/twilio/index.ts";

export interface TwilioRoute {
  readonly method: string;
  /** As Fastify has it: `/2010-04-01/Accounts/:account/Messages.json`. */
  readonly url: string;
}

/** Every method that a path of the facade really has. */
export async function routesOfTwilioFacade(): Promise<TwilioRoute[]> {
  const app = fastify();
  const found = new Map<string, { route: TwilioRoute; handler: unknown }>();
  app.addHook("onRoute", ({ method, url, handler }) => {
    for (const each of [method].flat()) found.set(`${each} ${url}`, { route: { method: each, url }, handler });
  });
  // Routes are only registered, never called.
  await app.register(createTwilioFacade({} as TwilioFacadeDeps));
  await app.ready();
  const all = [...found.values()];
  // No path has PUT: what answers that refuses a method.
  const refusals = new Set(all.filter(({ route }) => route.method === "PUT").map(({ handler }) => handler));
  return all.filter(({ handler }) => !refusals.has(handler)).map(({ route }) => route);
}
