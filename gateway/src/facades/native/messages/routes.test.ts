import { afterAll, beforeAll, describe, expect, it } from "vitest";
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

async function send(to: string, body: string): Promise<string> {
  const answer = await call("POST", "/messages", { to, body, from: gateway.numbers[0] });
  expect(answer.status).toBe(201);
  return answer.body.sid;
}
const statusOf = async (sid: string) => (await call("GET", `/messages/${sid}`)).body.status;
const becomes = (sid: string, status: string) => expect.poll(() => statusOf(sid)).toBe(status);
const found = async (query: string): Promise<string[]> => {
  const { body } = await call("GET", `/messages?${query}`);
  return body.messages.map(({ sid }: { sid: string }) => sid);
};

describe("searching messages", () => {
  it("finds them by number on either side, text, status, code, provider and time", async () => {
    const code = await send("+12025550131", "Your CODE is 123456");
    const lost = await send("+15005553003", "Anybody there?");
    await becomes(code, "delivered");
    await becomes(lost, "undelivered");
    const inbound = await call("POST", "/sandbox/inbound", {
      from: "+12025550131",
      to: gateway.numbers[0],
      body: "Hi",
    });
    expect(await found(`number=${encodeURIComponent("+12025550131")}`)).toEqual([inbound.body.sid, code]);
    for (const typed of ["202 555 0131", "(202) 555-0131", "12025550131"]) {
      expect(await found(`number=${encodeURIComponent(typed)}`), typed).toEqual([inbound.body.sid, code]);
    }
    expect(await found("number=202%20555%200139")).toEqual([]);
    expect(await found("text=code%20is")).toEqual([code]);
    expect(await found("text=%25")).toEqual([]);
    expect(await found("status=undelivered")).toEqual([lost]);
    expect(await found("errorCode=30003")).toEqual([lost]);
    expect(await found("direction=inbound")).toEqual([inbound.body.sid]);
    const [sandbox] = (await call("GET", "/providers")).body.providers;
    expect(await found(`provider=${sandbox.id}`)).toEqual([lost, code]);
    const [minuteAgo, inAMinute] = [-60_000, 60_000].map((ms) => new Date(Date.now() + ms).toISOString());
    expect(await found(`since=${minuteAgo}&until=${inAMinute}&direction=outbound-api`)).toEqual([lost, code]);
    expect(await found(`since=${inAMinute}`)).toEqual([]);
    expect(await found(`until=${minuteAgo}`)).toEqual([]);
    expect((await call("GET", "/messages?text=code", undefined, other)).body.messages).toEqual([]);
  });

  it("finds a word in texts, and as the whole name of a sender, once each and page after page", async () => {
    const sandbox = async (from: string, body: string) => {
      const answer = await call("POST", "/messages", { to: "+4915112345678", body, from });
      expect(answer.status, JSON.stringify(answer.body)).toBe(201);
      return answer.body.sid as string;
    };
    const sids: string[] = [];
    sids.unshift(await sandbox("Acorn", "Your parcel is here"));
    sids.unshift(await send("+12025550134", "acorn is how they are called"));
    sids.unshift(await sandbox("Acorn", "Acorn greets"));
    await sandbox("Acorns", "Nothing of theirs");
    expect(await found("textOrSender=Acorn")).toEqual(sids);
    expect(await found("textOrSender=Acorn&number=202%20555%200134")).toEqual([sids[1]]);
    const seen: string[] = [];
    for (let before = ""; ; ) {
      const { body } = await call("GET", `/messages?textOrSender=Acorn&limit=1${before}`);
      seen.push(...body.messages.map(({ sid }: { sid: string }) => sid));
      if (body.next === null) break;
      before = `&before=${body.next}`;
    }
    expect(seen).toEqual(sids);
    expect((await call("GET", "/messages?textOrSender=Acorn", undefined, other)).body.messages).toEqual([]);
  });

  it("pages through what a number has on both sides without losing or repeating any", async () => {
    const to = "+12025550132";
    const sids: string[] = [];
    for (let index = 0; index < 7; index++) sids.unshift(await send(to, `Number ${index}`));
    const seen: string[] = [];
    for (let before = ""; ; ) {
      const { body } = await call("GET", `/messages?number=${encodeURIComponent(to)}&limit=3${before}`);
      seen.push(...body.messages.map(({ sid }: { sid: string }) => sid));
      if (body.next === null) break;
      before = `&before=${body.next}`;
    }
    expect(seen).toEqual(sids);
  });
});

describe("sending by hand", () => {
  it("sends once for one key, and refuses the key for another message", async () => {
    const authorization = basic(gateway.accountSid, gateway.authToken);
    const post = (body: string) =>
      fetch(`${gateway.url}/trunkline/v1/messages`, {
        method: "POST",
        headers: { authorization, "content-type": "application/json", "idempotency-key": "click-1" },
        body: JSON.stringify({ to: "+12025550133", from: gateway.numbers[0], body }),
      });
    const [first, again] = [await post("Once"), await post("Once")];
    const sid = ((await first.json()) as { sid: string }).sid;
    expect(await again.json()).toMatchObject({ sid });
    expect((await post("Twice")).status).toBe(409);
    expect(await found(`to=${encodeURIComponent("+12025550133")}`)).toEqual([sid]);
  });

  it("sends a message again as a new one, but not what came in, nor what has no text any more", async () => {
    const sid = await send("+12025550134", "Again");
    await becomes(sid, "delivered");
    const again = await call("POST", `/messages/${sid}/resend`);
    expect(again).toMatchObject({ status: 201, body: { to: "+12025550134", body: "Again", from: gateway.numbers[0] } });
    expect(again.body.sid).not.toBe(sid);
    expect((await call("POST", `/messages/${sid}/resend`, undefined, other)).status).toBe(404);
    expect(await call("POST", `/messages/${sid}/redact`)).toMatchObject({ status: 200, body: { body: "" } });
    expect((await call("POST", `/messages/${sid}/resend`)).status).toBe(409);
    const inbound = await call("POST", "/sandbox/inbound", {
      from: "+12025550134",
      to: gateway.numbers[0],
      body: "Hi",
    });
    expect((await call("POST", `/messages/${inbound.body.sid}/resend`)).status).toBe(409);
  });

  it("is not for those who may only look", async () => {
    const viewer = `Bearer ${gateway.viewerKey}`;
    const body = { to: "+12025550135", from: gateway.numbers[0], body: "x" };
    expect((await callNative(gateway.url, viewer, ["POST", "/messages", body])).status).toBe(403);
    expect((await callNative(gateway.url, viewer, ["POST", "/sandbox/load", { messages: 1 }])).status).toBe(403);
  });
});

describe("the load generator", () => {
  it("sends through the sandbox alone, even when the chain has a real provider", async () => {
    const real = await call("POST", "/providers", {
      ...{ name: "Real", kind: "twilio", accountSid: "AC1", authToken: "x", baseUrl: "http://127.0.0.1:9" },
      ...{ fromNumber: "+12025550177", chain: "head" },
    });
    expect(real.body.chainPosition).toBe(0);
    expect((await call("POST", "/sandbox/load", { messages: 10, handsets: 5 })).body).toMatchObject({ accepted: 10 });
    await expect.poll(() => found("text=valid%20for%20ten&status=delivered")).toHaveLength(10);
    expect(await found(`provider=${real.body.id}`)).toEqual([]);
    expect((await call("POST", "/sandbox/load", { messages: 501 })).status).toBe(400);
  });
});

describe("a message", () => {
  it("says when its next try is, and nothing of one once it is through", async () => {
    // In an account of its own: its provider rests for as long.
    const resting = await gateway.addAccount();
    const rules = [{ effect: { type: "rate-limit", retryAfterSeconds: 600 } }];
    expect((await call("PUT", "/sandbox/faults", { rules }, resting)).status).toBe(200);
    const given = { to: "+12025550137", body: "Later", from: resting.numbers[0] };
    const { sid } = (await call("POST", "/messages", given, resting)).body;
    const waiting = async () => (await call("GET", `/messages/${sid}`, undefined, resting)).body;
    await expect.poll(async () => (await waiting()).attempts[0]?.outcome).toBe("retry");
    const { dueAt, attempts, status } = await waiting();
    expect(status).toBe("queued");
    expect(Date.parse(dueAt)).toBeGreaterThan(Date.parse(attempts[0].finishedAt));

    const through = await send("+12025550138", "Now");
    await becomes(through, "delivered");
    expect((await call("GET", `/messages/${through}`)).body.dueAt).toBeNull();
  });
});
