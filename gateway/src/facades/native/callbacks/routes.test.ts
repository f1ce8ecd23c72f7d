import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startApplication } from "../../../../test/support/application.ts";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, callNative, type NativeAnswer } from "../../../../test/support/native-client.ts";

let gateway: TestGateway;
let other: TestAccount;
beforeAll(async () => {
  gateway = await startTestGateway({ dispatch: true });
  other = await gateway.addAccount();
}, 60_000);
afterAll(() => gateway?.stop());

const call = (method: string, path: string, body?: unknown, account: TestAccount = gateway): Promise<NativeAnswer> =>
  callNative(gateway.url, basic(account.accountSid, account.authToken), [method, path, body]);

async function sendWithCallback(url: string): Promise<string> {
  const response = await fetch(`${gateway.url}/2010-04-01/Accounts/${gateway.accountSid}/Messages.json`, {
    method: "POST",
    headers: { authorization: basic(gateway.accountSid, gateway.authToken) },
    body: new URLSearchParams({ From: gateway.numbers[0], To: "+12025550142", Body: "x", StatusCallback: url }),
  });
  return ((await response.json()) as { sid: string }).sid;
}

/** From then on there are no new callbacks of it. */
async function isDelivered(sid: string): Promise<void> {
  const status = async () => (await call("GET", `/messages/${sid}`)).body.status;
  await expect.poll(status).toBe("delivered");
}

describe("callbacks", () => {
  it("are listed with what came of them, shown with their fields, and replayed with the same token", async () => {
    const tokens: unknown[] = [];
    const application = await startApplication((request, response) => {
      tokens.push(request.headers["i-twilio-idempotency-token"]);
      response.end();
    });
    const sid = await sendWithCallback(`${application.origin.replace("//", "//user:hush@")}/status`);
    await isDelivered(sid);
    const pending = async () => (await call("GET", "/callbacks?state=pending")).body.callbacks;
    await expect.poll(pending).toEqual([]);
    const [newest] = (await call("GET", "/callbacks?state=delivered")).body.callbacks;
    expect(newest).toMatchObject({
      messageSid: sid,
      url: `${application.origin}/status`,
      lastStatus: 200,
      attempts: 1,
    });
    const { body } = await call("GET", `/callbacks/${newest.id}`);
    expect(body.fields).toContainEqual({ name: "MessageSid", value: sid });
    expect(JSON.stringify(body)).not.toContain("hush");

    expect((await call("POST", `/callbacks/${newest.id}/replay`, undefined, other)).status).toBe(404);
    expect((await call("POST", `/callbacks/${newest.id}/replay`)).status).toBe(200);
    await expect.poll(() => tokens.length).toBeGreaterThan(new Set(tokens).size);
    const audit = await gateway.db.query("select subject from audit where action = 'callback.replayed'");
    expect(audit).toEqual([{ subject: newest.id }]);
    await application.close();
  });

  it("are the account's own", async () => {
    expect((await call("GET", "/callbacks", undefined, other)).body).toEqual({ callbacks: [], next: null });
    const [mine] = (await call("GET", "/callbacks?limit=1")).body.callbacks;
    expect((await call("GET", `/callbacks/${mine.id}`, undefined, other)).status).toBe(404);
  });

  it("come in pages without a hole", async () => {
    for (let index = 0; index < 4; index++) await isDelivered(await sendWithCallback("http://127.0.0.1:9/nobody"));
    const all = (await call("GET", "/callbacks")).body.callbacks.map(({ id }: { id: string }) => id);
    const seen: string[] = [];
    for (let before = ""; ; ) {
      const { body } = await call("GET", `/callbacks?limit=2${before}`);
      seen.push(...body.callbacks.map(({ id }: { id: string }) => id));
      if (body.next === null) break;
      before = `&before=${body.next}`;
    }
    expect(all.length).toBeGreaterThan(4);
    expect(seen).toEqual(all);
  });
});

describe("the signature checker", () => {
  const url = "https://app.example.com/sms?x=1";
  const fields = [
    { name: "To", value: "+12025550142" },
    { name: "Body", value: "Hallo & Grüße" },
  ];
  const signedText = `${url}BodyHallo & GrüßeTo+12025550142`;
  const signed = (token: string) => createHmac("sha1", token).update(signedText, "utf8").digest("base64");

  it("tells which token signed, and over what, but never the right signature", async () => {
    const check = (signature: string, account?: TestAccount) =>
      call("POST", "/signatures/check", { url, fields, signature }, account);
    expect((await check(signed(gateway.authToken))).body).toEqual({ matches: "primary", signedText });
    const wrong = await check(signed(other.authToken));
    expect(wrong.body).toEqual({ matches: null, signedText });
    expect(JSON.stringify(wrong.body)).not.toContain(signed(gateway.authToken));
    expect((await check(signed(other.authToken), other)).body.matches).toBe("primary");
  });

  it("is for operators, and refuses what is no URL", async () => {
    const body = { url, fields, signature: "x" };
    const viewer = `Bearer ${gateway.viewerKey}`;
    expect((await callNative(gateway.url, viewer, ["POST", "/signatures/check", body])).status).toBe(403);
    expect((await call("POST", "/signatures/check", { ...body, url: "app.example.com" })).status).toBe(400);
  });
});
