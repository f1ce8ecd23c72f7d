import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, callNative } from "../../../../test/support/native-client.ts";
import { storeMessage } from "../../../../test/support/stored-messages.ts";
import { uuidOf } from "../../../core/ids.ts";
import { insertDecisions } from "../../../store/protection.ts";

let gateway: TestGateway;
let own: string;
let path: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  own = basic(gateway.accountSid, gateway.authToken);
  path = `/accounts/${gateway.accountSid}/protection`;
});
afterAll(() => gateway.stop());

const call = (method: string, to: string, body?: unknown, authorization = own) =>
  callNative(gateway.url, authorization, body === undefined ? [method, to] : [method, to, body]);

describe("the settings of protection", () => {
  it("have defaults, are replaced as a whole, and leave an audit row", async () => {
    const before = await call("GET", path);
    expect(before.body).toMatchObject({
      ...{ mode: null, inForce: { providers: "record", sandbox: "off" } },
      ...{ velocity: { learned: true }, duplicates: { enabled: false }, quietHours: { enabled: false } },
    });
    const changed = await call("PUT", path, { mode: "deny", duplicates: { enabled: true, seconds: 30 } });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ mode: "deny", inForce: { providers: "deny", sandbox: "deny" } });
    const again = await call("PUT", path, { mode: "record" });
    expect(again.body.duplicates).toEqual({ enabled: false, seconds: 10 });
    expect((await call("GET", path)).body).toEqual(again.body);
    const audit = await gateway.db.query<{ before: object; after: object }>(
      "select before, after from audit where account_id = $1 and action = 'protection.updated' order by id",
      [uuidOf(gateway.accountSid)],
    );
    expect(audit).toMatchObject([
      { before: { mode: null }, after: { mode: "deny", duplicates: { seconds: 30 } } },
      { before: { mode: "deny" }, after: { mode: "record" } },
    ]);
  });

  it.each([
    [{}, "mode"],
    [{ mode: "strict" }, "mode"],
    [{ mode: "deny", velocity: { limits: { prefixPerMinute: -1 } } }, "velocity.limits.prefixPerMinute"],
    [{ mode: "deny", velocity: { limits: { countries: { Barbados: 1 } } } }, "velocity.limits.countries.Barbados"],
    [{ mode: "deny", quietHours: { from: "9 pm" } }, "quietHours.from"],
    [{ mode: "deny", quiet: {} }, ""],
    [{ mode: "deny", duplicates: { enabled: true, seconds: 3600 } }, "duplicates.seconds"],
  ])("that are wrong (%j) change nothing, and the answer names the field", async (body, field) => {
    const before = await call("GET", path);
    const answer = await call("PUT", path, body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.details).toContainEqual(expect.objectContaining({ field }));
    expect((await call("GET", path)).body).toEqual(before.body);
  });

  it("are their account's alone, and a viewer only reads them", async () => {
    const stranger = await gateway.addAccount();
    const theirs = basic(stranger.accountSid, stranger.authToken);
    expect((await call("GET", path, undefined, theirs)).status).toBe(404);
    expect((await call("PUT", path, { mode: "off" }, theirs)).status).toBe(404);
    const viewer = `Bearer ${gateway.viewerKey}`;
    expect((await call("GET", path, undefined, viewer)).status).toBe(200);
    expect((await call("PUT", path, { mode: "off" }, viewer)).status).toBe(403);
  });
});

describe("decisions", () => {
  const decide = async (rule: "duplicate" | "prefix-burst", accountSid = gateway.accountSid) => {
    const messageSid = await storeMessage(gateway.db, accountSid);
    await insertDecisions(gateway.db, [
      {
        ...{ accountSid, messageSid, rule, action: "denied", mode: "deny", errorCode: 30450, heldUntil: null },
        ...{ explanation: "Because.", numbers: { count: 41 } },
      },
    ]);
    return messageSid;
  };

  it("are listed newest first, by message, rule and time, page by page, and stand in the message's timeline", async () => {
    const sids = [await decide("duplicate"), await decide("prefix-burst"), await decide("prefix-burst")];
    const listed = async (query: string) => {
      const { status, body } = await call("GET", `/protection/decisions?${query}`);
      expect(status, JSON.stringify(body)).toBe(200);
      return body.decisions.map(({ messageSid }: { messageSid: string }) => messageSid);
    };
    expect(await listed("")).toEqual(sids.toReversed());
    expect(await listed("rule=duplicate")).toEqual([sids[0]]);
    expect(await listed(`message=${sids[1]}`)).toEqual([sids[1]]);
    const { body } = await call("GET", "/protection/decisions?limit=2");
    expect(body.decisions[0]).toMatchObject({
      ...{ rule: "prefix-burst", action: "denied", mode: "deny", errorCode: 30450, explanation: "Because." },
      ...{ heldUntil: null, numbers: { count: 41 } },
    });
    expect(await listed(`limit=2&before=${body.next}`)).toEqual([sids[0]]);
    expect(await listed(`since=${body.decisions[1].at}`)).toEqual(expect.arrayContaining([sids[1], sids[2]]));
    expect(await listed(`since=${new Date(Date.now() + 3_600_000).toISOString()}`)).toEqual([]);
    const message = await call("GET", `/messages/${sids[2]}`);
    expect(message.body.timeline).toContainEqual(
      expect.objectContaining({
        type: "protection.denied",
        data: expect.objectContaining({ explanation: "Because." }),
      }),
    );
  });

  it("are never another account's, and go with their message", async () => {
    const stranger = await gateway.addAccount();
    const sid = await decide("duplicate", stranger.accountSid);
    const theirs = basic(stranger.accountSid, stranger.authToken);
    expect((await call("GET", `/protection/decisions?message=${sid}`)).body.decisions).toEqual([]);
    const list = () => call("GET", `/protection/decisions?message=${sid}`, undefined, theirs);
    expect((await list()).body.decisions).toHaveLength(1);
    const url = `${gateway.url}/2010-04-01/Accounts/${stranger.accountSid}/Messages/${sid}.json`;
    expect((await fetch(url, { method: "DELETE", headers: { authorization: theirs } })).status).toBe(204);
    expect((await list()).body.decisions).toEqual([]);
  });

  it.each(["rule=pumping", "since=yesterday", "message=SM1", "limit=0", "before=1", "x=1"])(
    "are not listed for %s",
    async (query) => {
      expect((await call("GET", `/protection/decisions?${query}`)).status).toBe(400);
    },
  );
});

describe("explaining", () => {
  const explain = (body: object) => call("POST", "/protection/explain", body);

  it("says what would be decided now, and changes nothing", async () => {
    await call("PUT", path, {
      mode: "deny",
      velocity: { limits: { countries: { BB: 1 } } },
      quietHours: { enabled: true, from: "00:00", until: "23:59" },
    });
    const counted = async () => (await gateway.db.query("select * from protection_counters")).length;
    const code = await explain({ to: "+1 246 555 0142", body: "Your code is 123456" });
    expect(code.body).toMatchObject({ mode: "deny", verdict: "pass", decisions: [], exemptions: ["urgent"] });
    expect(code.body.counters).toContainEqual(expect.objectContaining({ scope: "country", key: "BB", inHour: 1 }));
    const { body } = await explain({ to: "+12465550142", body: "Big sale" });
    // At 23:59 there it passes.
    if (body.verdict !== "pass") {
      expect(body).toMatchObject({ verdict: "held", decisions: [{ rule: "quiet-hours", errorCode: null }] });
      expect(body.decisions[0].explanation).toContain("America/Barbados");
    }
    expect(await counted()).toBe(0);
  });

  it("says why nothing is asked", async () => {
    await call("PUT", path, { mode: "off" });
    const off = await explain({ to: "+12465550142", body: "x" });
    expect(off.body).toMatchObject({ mode: "off", verdict: "pass", exemptions: ["protection-off"] });
  });

  it.each([{}, { to: "x", body: "x" }, { to: "+12465550142" }, { to: "+12465550142", body: "a\0b" }])(
    "refuses %j",
    async (body) => {
      expect((await explain(body)).status).toBe(400);
    },
  );
});
