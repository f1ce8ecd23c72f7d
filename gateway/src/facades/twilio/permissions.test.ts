import { describe, expect, it } from "vitest";
import { routesOfTwilioFacade, type TwilioRoute } from "../../../test/support/twilio-routes.ts";
import { neededFor } from "./permissions.ts";

describe("permissions", () => {
  it("are known for every method of every path, but those that take no credentials", async () => {
    const routes = await routesOfTwilioFacade();
    expect(routes.length).toBeGreaterThan(60);
    const open = ({ method, url }: TwilioRoute) => method === "OPTIONS" || /^\/v[12]\/token$/.test(url);
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
