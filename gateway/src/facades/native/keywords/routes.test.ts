import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, callNative, type NativeAnswer } from "../../../../test/support/native-client.ts";
import { uuidOf } from "../../../core/ids.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.stop());

function callsOf(account: TestAccount) {
  const authorization = basic(account.accountSid, account.authToken);
  const call = (...request: [string, string, unknown?]) => callNative(gateway.url, authorization, request);
  const at = `/accounts/${account.accountSid}`;
  return {
    call,
    account: `${at}/keywords`,
    service: `${at}/messaging-services/${account.serviceSid}/keywords`,
    sender: (address: string) => `${at}/senders/${encodeURIComponent(address)}/keywords`,
    addShortCode: () => call("POST", `${at}/senders`, { address: "22395" }),
  };
}

const fieldsOf = ({ status, body }: NativeAnswer): string[] => {
  expect(status, JSON.stringify(body)).toBe(400);
  return body.error.details.map(({ field }: { field: string }) => field);
};

describe("keywords", () => {
  it("of an account, a service and its numbers: each thing comes from the nearest that says it", async () => {
    const { call, ...paths } = callsOf(await gateway.addAccount());
    expect((await call("GET", paths.account)).body).toMatchObject({
      scope: "account",
      own: { languages: null, stop: { words: null, replacesDefaults: null, reply: null } },
      effective: {
        languages: ["en"],
        languagesFrom: "default",
        stop: { ownWordsFrom: "default", replyFrom: "default" },
      },
    });
    const settings = { languages: ["fr", "de"], stop: { words: [" genug ", "GENUG"], reply: "Fini." } };
    expect((await call("PUT", paths.account, settings)).status).toBe(200);
    await call("PUT", paths.service, { stop: { reply: "Adieu." }, help: { reply: "" } });
    const { body } = await call("GET", paths.sender("+12025550101"));
    expect(body).toMatchObject({
      scope: "sender",
      own: { languages: null, help: { reply: null } },
      effective: {
        languages: ["fr", "de"],
        languagesFrom: "account",
        stop: { reply: "Adieu.", replyFrom: "service", ownWordsFrom: "account" },
        help: { reply: null, replyFrom: "service" },
      },
    });
    expect(body.effective.stop.words).toEqual(expect.arrayContaining(["STOP", "ARRÊT", "ABMELDEN", "GENUG"]));
    // The other number is in no service.
    expect((await call("GET", paths.sender("12025550100"))).body.effective.stop).toMatchObject({ reply: "Fini." });
  });

  it("are replaced as a whole by a PUT, taken back by an empty one, and each change is in the audit log", async () => {
    const account = await gateway.addAccount();
    const { call, ...paths } = callsOf(account);
    await call("PUT", paths.account, { languages: ["it"], start: { words: ["RIPARTI"] } });
    const { body } = await call("PUT", paths.account, { languages: ["nl"], start: null });
    expect(body.own).toMatchObject({ languages: ["nl"], start: { words: null } });
    expect((await call("PUT", paths.account, {})).body.effective.languagesFrom).toBe("default");
    expect(
      await gateway.db.query("select 1 from keyword_settings where account_id = $1", [uuidOf(account.accountSid)]),
    ).toEqual([]);
    const audit = await gateway.db.query(
      "select before, after from audit where account_id = $1 and action = 'keywords.updated' order by id",
      [uuidOf(account.accountSid)],
    );
    expect(audit).toEqual([
      { before: null, after: { languages: ["it"], START: { words: ["RIPARTI"] } } },
      { before: { languages: ["it"], START: { words: ["RIPARTI"] } }, after: { languages: ["nl"] } },
      { before: { languages: ["nl"] }, after: null },
    ]);
  });

  it("of a short code may take the place of the standard ones, as long as there is a way to stop", async () => {
    const { call, addShortCode, ...paths } = callsOf(await gateway.addAccount());
    await addShortCode();
    const path = paths.sender("22395");
    expect(fieldsOf(await call("PUT", path, { stop: { replacesDefaults: true } }))).toEqual(["stop.words"]);
    const { body } = await call("PUT", path, { stop: { words: ["OUT"], replacesDefaults: true } });
    expect(body.effective.stop.words).toEqual(["OUT"]);
    const number = paths.sender("+12025550100");
    expect(fieldsOf(await call("PUT", number, { stop: { words: ["OUT"], replacesDefaults: true } }))).toEqual([
      "stop.replacesDefaults",
    ]);
  });

  it.each<[unknown, string]>([
    [{ stop: { words: ["two words"] } }, "stop.words"],
    [{ help: { words: ["stop"] } }, "help.words"],
    [{ stop: { words: ["x".repeat(41)] } }, "stop.words"],
    [{ stop: { reply: "x".repeat(321) } }, "stop.reply"],
    [{ help: { reply: "a\u0000b" } }, "help.reply"],
    [{ languages: [] }, "languages"],
    [{ languages: ["en", "en"] }, "languages"],
    [{ languages: ["klingon"] }, "languages.0"],
    [{ stop: "words" }, "stop"],
    [{ stops: {} }, ""],
  ])("refuses %j and changes nothing", async (settings, field) => {
    const { call, ...paths } = callsOf(gateway);
    expect(fieldsOf(await call("PUT", paths.service, settings))).toEqual([field]);
    expect((await call("GET", paths.service)).body.own.stop.words).toBeNull();
  });

  it("that have come to mean two things end messages", async () => {
    const { call, ...paths } = callsOf(await gateway.addAccount());
    await call("PUT", paths.service, { help: { words: ["WORD"] } });
    expect((await call("PUT", paths.account, { stop: { words: ["WORD"] } })).status).toBe(200);
    const { stop, help } = (await call("GET", paths.service)).body.effective;
    expect(stop.words).toContain("WORD");
    expect(help.words).not.toContain("WORD");
  });

  it("are found in the caller's own account only, and changed by operators only", async () => {
    const { call, ...paths } = callsOf(gateway);
    const stranger = await gateway.addAccount();
    expect((await call("GET", `/accounts/${stranger.accountSid}/keywords`)).status).toBe(404);
    const foreign = `/accounts/${gateway.accountSid}/messaging-services/${stranger.serviceSid}/keywords`;
    expect((await call("PUT", foreign, {})).status).toBe(404);
    expect((await call("GET", paths.sender("+12025550999"))).status).toBe(404);
    const viewer = `Bearer ${gateway.viewerKey}`;
    expect((await callNative(gateway.url, viewer, ["GET", paths.account])).status).toBe(200);
    expect((await callNative(gateway.url, viewer, ["PUT", paths.account, {}])).status).toBe(403);
  });
});
