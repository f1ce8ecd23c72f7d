import { fastify } from "fastify";
import { describe, expect, it } from "vitest";
import { createTwilioFacade, type TwilioFacadeDeps } from "./index.ts";
import { neededFor } from "./permissions.ts";

interface Route {
  readonly method: string;
  readonly url: string;
}

/** Every method that a path of the facade really has. */
async function routesOfFacade(): Promise<Route[]> {
  const app = fastify();
  const found = new Map<string, { route: Route; handler: unknown }>();
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

describe("permissions", () => {
  it("are known for every method of every path, but those that take no credentials", async () => {
    const routes = await routesOfFacade();
    expect(routes.length).toBeGreaterThan(60);
    const open = ({ method, url }: Route) => method === "OPTIONS" || /^\/v[12]\/token$/.test(url);
    const unknown = routes.filter((route) => !open(route) && neededFor(route.url, route.method) === undefined);
    expect(
      unknown.map(({ method, url }) => `${method} ${url}`),
      "add these paths to the table in permissions.ts",
    ).toEqual([]);
  });

  it("tell reading one thing from listing, whatever the format", () => {
    for (const suffix of ["", ".json", ".xml", ".csv"]) {
      const route = `/2010-04-01/Accounts/:account/Messages${suffix}`;
      expect(neededFor(route, "GET")).toBe("/twilio/messaging/messages/list");
      expect(neededFor(route, "HEAD")).toBe("/twilio/messaging/messages/list");
      expect(neededFor(route, "POST")).toBe("/twilio/messaging/messages/create");
    }
    const item = "/2010-04-01/Accounts/:account/Messages/:sid";
    expect(["GET", "POST", "DELETE"].map((method) => neededFor(item, method))).toEqual([
      "/twilio/messaging/messages/read",
      "/twilio/messaging/messages/update",
      "/twilio/messaging/messages/delete",
    ]);
  });
});
