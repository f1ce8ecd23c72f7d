import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, callNative } from "../../../../test/support/native-client.ts";
import { uuidOf } from "../../../core/ids.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.stop());

const call = (method: string, path: string, body?: unknown) =>
  callNative(gateway.url, basic(gateway.accountSid, gateway.authToken), [method, path, body]);
const pathOf = (accountSid: string) => `/accounts/${accountSid}/retention`;

describe("retention of an account", () => {
  it("is the installation's until it is set; what is left out is the installation's again; for ever is null", async () => {
    const { accountSid } = await gateway.addAccount(gateway.accountSid);
    const unset = { days: null, from: "default" };
    expect((await call("GET", pathOf(accountSid))).body).toEqual({
      ...{ messageDays: unset, bodyDays: unset, eventDays: unset },
    });
    const set = await call("PUT", pathOf(accountSid), { messageDays: 90, bodyDays: null });
    expect(set.body).toEqual({
      ...{ messageDays: { days: 90, from: "account" }, bodyDays: { days: null, from: "account" }, eventDays: unset },
    });
    expect((await call("GET", pathOf(accountSid))).body).toEqual(set.body);
    expect((await call("PUT", pathOf(accountSid), {})).body.messageDays).toEqual(unset);
    const audit = await gateway.db.query(
      "select before, after from audit where account_id = $1 and action = 'retention.updated' order by id",
      [uuidOf(accountSid)],
    );
    expect(audit).toEqual([
      { before: {}, after: { messageDays: 90, bodyDays: null } },
      { before: { messageDays: 90, bodyDays: null }, after: {} },
    ]);
  });

  it.each([
    { messageDays: 0 },
    { messageDays: -1 },
    { bodyDays: 1.5 },
    { eventDays: "30" },
    { eventDays: 40_000 },
    { days: 1 },
    [],
  ])("refuses %j", async (body) => {
    expect((await call("PUT", pathOf(gateway.accountSid), body)).status).toBe(400);
  });

  it("is changed by its owner alone, and not a stranger's", async () => {
    const own = pathOf(gateway.accountSid);
    const viewer = `Bearer ${gateway.viewerKey}`;
    expect((await callNative(gateway.url, viewer, ["GET", own])).status).toBe(200);
    expect((await callNative(gateway.url, viewer, ["PUT", own, {}])).status).toBe(403);
    const key = basic(gateway.apiKey.sid, gateway.apiKey.secret);
    expect((await callNative(gateway.url, key, ["PUT", own, { messageDays: 1 }])).status).toBe(403);
    const stranger = await gateway.addAccount();
    expect((await call("PUT", pathOf(stranger.accountSid), { messageDays: 1 })).status).toBe(404);
  });
});
