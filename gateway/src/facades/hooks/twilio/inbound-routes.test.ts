import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../../test/support/gateway.ts";
import { callNative } from "../../../../test/support/native-client.ts";
import { startReverseProxy } from "../../../../test/support/reverse-proxy.ts";
import { basic } from "../../../../test/support/twilio-call.ts";
import {
  eventually,
  type ReceiverOptions,
  startUpstreamReceiver,
  type UpstreamReceiver,
} from "../../../../test/support/upstream-receiver.ts";
import { newUuid, uuidOf } from "../../../core/ids.ts";
import { signRequest } from "../../../core/signature/signature.ts";
import { isOptedOut } from "../../../store/consents.ts";

let upstream: TestGateway;
const handset = "+12025550188";
const receivers: UpstreamReceiver[] = [];

beforeAll(async () => {
  upstream = await startTestGateway({ dispatch: true });
});
afterAll(async () => {
  for (const receiver of receivers) await receiver.stop();
  await upstream.stop();
});

async function start(options: ReceiverOptions = {}): Promise<UpstreamReceiver> {
  const receiver = await startUpstreamReceiver(upstream, options);
  receivers.push(receiver);
  return receiver;
}

/** A handset of the upstream's sandbox writes to the number that both gateways know. */
async function write(body: string, from = handset): Promise<string> {
  const authorization = basic(upstream.accountSid, upstream.authToken);
  const message = { from, to: upstream.numbers[0], body };
  const answer = await callNative(upstream.url, authorization, ["POST", "/sandbox/inbound", message]);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return String(answer.body.sid);
}

async function setSmsUrl(url: string): Promise<void> {
  await upstream.db.query("update senders set sms_url = $2 where account_id = $1 and address = $3", [
    uuidOf(upstream.accountSid),
    url,
    upstream.numbers[0],
  ]);
}

const stored = (receiver: UpstreamReceiver): Promise<Record<string, unknown>[]> =>
  receiver.db.query(
    `select m.*, e.data from messages m join events e on e.account_id = m.account_id and e.message_id = m.id
     where m.account_id = $1 and m.direction = 'inbound' and e.type = 'message.received' order by m.id`,
    [uuidOf(receiver.account.accountSid)],
  );

const replies = async (receiver: UpstreamReceiver): Promise<string[]> => {
  const rows = await receiver.db.query<{ body: string }>(
    "select body from messages where account_id = $1 and direction = 'outbound-reply' order by id",
    [uuidOf(receiver.account.accountSid)],
  );
  return rows.map((row) => row.body);
};

const plainUrl = (receiver: UpstreamReceiver) => `${receiver.url}/hooks/twilio/${receiver.providerId}/inbound`;

const fieldsOf = (fields: Record<string, string> = {}): Record<string, string> => ({
  MessageSid: `SM${newUuid().replaceAll("-", "")}`,
  From: handset,
  To: upstream.numbers[0],
  Body: "hello",
  ...fields,
});

interface Posted {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

async function post(
  url: string,
  fields: Record<string, string>,
  token: string | null = upstream.authToken,
): Promise<Posted> {
  const body = new URLSearchParams(fields);
  const headers: Record<string, string> =
    token === null ? {} : { "x-twilio-signature": signRequest({ token, url, params: [...body] }) };
  const response = await fetch(url, { method: "POST", headers, body });
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
}

describe("inbound messages of a real upstream", () => {
  it("reach the account of the provider, attributed, with what the upstream knows, and its application", async () => {
    const receiver = await start();
    await receiver.db.query("update senders set sms_url = 'https://app.example.com/sms' where account_id = $1", [
      uuidOf(receiver.account.accountSid),
    ]);
    const actor = { accountSid: receiver.account.accountSid, actor: "test" };
    const unknown = "+12025550999";
    const pointed = await receiver.intake.pointNumbers.point(actor, receiver.providerId, [
      upstream.numbers[0],
      unknown,
    ]);
    expect(pointed.url).toMatch(new RegExp(`^${plainUrl(receiver)}/[0-9a-f]{32}$`));
    expect(pointed.numbers).toEqual([
      { number: upstream.numbers[0], outcome: "pointed", reason: null },
      { number: unknown, outcome: "unknown", reason: expect.any(String) },
    ]);
    const own = await receiver.intake.pointNumbers.point(actor, receiver.providerId, null);
    expect(own.numbers.map(({ number }) => number)).toEqual([upstream.numbers[0]]);
    const upstreamSid = await write("Grüße");
    const [message] = await eventually(async () => {
      const rows = await stored(receiver);
      expect(rows).toHaveLength(1);
      return rows;
    });
    expect(message).toMatchObject({
      status: "received",
      body: "Grüße",
      from_address: handset,
      to_address: upstream.numbers[0],
      data: { providerId: receiver.providerId, carrierMessageId: upstreamSid },
    });
    const [callback] = await receiver.db.query<{ url: string; fields: [string, string][] }>("select * from callbacks");
    expect(callback).toMatchObject({ url: "https://app.example.com/sms" });
    expect(Object.fromEntries(callback?.fields ?? [])).toMatchObject({ Body: "Grüße", FromCountry: "US" });
    const audit = await receiver.db.query("select action, after from audit where actor = 'test'");
    expect(audit[0]).toMatchObject({ action: "provider.numbers-pointed", after: { numbers: [upstream.numbers[0]] } });
    await setSmsUrl("");
  });

  it("come through proxies: trusted ones say how they were called, others only with a configured URL", async () => {
    let target = "";
    const proxy = await startReverseProxy({ target: () => target });
    const trusting = await start({ trustedProxies: ["127.0.0.0/8"] });
    const configured = await start({ publicUrl: proxy.origin });
    const neither = await start();
    for (const [receiver, status] of [
      [trusting, 200],
      [configured, 200],
      [neither, 403],
    ] as const) {
      target = receiver.url;
      const url = `${proxy.origin}/hooks/twilio/${receiver.providerId}/inbound?shop=1&x=%C3%BC`;
      const answer = await post(url, fieldsOf());
      expect(answer.status, answer.text).toBe(status);
      expect(await stored(receiver)).toHaveLength(status === 200 ? 1 : 0);
    }
    const spoofed = await fetch(plainUrl(neither), {
      method: "POST",
      headers: {
        "x-forwarded-host": "evil.example",
        "x-twilio-signature": signRequest({
          token: upstream.authToken,
          url: `http://evil.example/hooks/twilio/${neither.providerId}/inbound`,
          params: Object.entries(fieldsOf({ MessageSid: "SM1" })),
        }),
      },
      body: new URLSearchParams(fieldsOf({ MessageSid: "SM1" })),
    });
    expect(spoofed.status).toBe(403);
    expect(await spoofed.text()).toContain("TRUNKLINE_TRUSTED_PROXIES");
    await proxy.close();
  });
});

describe("an inbound message", () => {
  it("is stored once however often it is called in, at once or later, and answered the same", async () => {
    const receiver = await start();
    const fields = fieldsOf();
    const first = await Promise.all(Array.from({ length: 8 }, () => post(plainUrl(receiver), fields)));
    const later = await post(plainUrl(receiver), fields);
    for (const answer of [...first, later]) {
      expect(answer).toEqual({
        status: 200,
        type: "text/xml; charset=utf-8",
        text: '<?xml version="1.0" encoding="UTF-8"?>\n<Response/>\n',
      });
    }
    expect(await stored(receiver)).toHaveLength(1);
  });

  it("needs a signature with a token that may be current, over this URL and these fields", async () => {
    const receiver = await start({ secrets: { authToken: "a".repeat(32), secondaryAuthToken: "b".repeat(32) } });
    const url = plainUrl(receiver);
    expect((await post(url, fieldsOf(), "a".repeat(32))).status).toBe(200);
    expect((await post(url, fieldsOf(), "b".repeat(32))).status).toBe(200);
    expect((await post(url, fieldsOf(), "c".repeat(32))).status).toBe(403);
    expect((await post(url, fieldsOf(), null)).status).toBe(403);
    // The MAC of the URL is no substitute where signatures can be checked.
    const withMac = String(receiver.urls.inboundUrl(await receiver.provider()));
    expect((await post(withMac, fieldsOf(), null)).status).toBe(403);
    expect((await post(withMac, fieldsOf(), "a".repeat(32))).status).toBe(200);
    await receiver.setSecrets({ authToken: "c".repeat(32) });
    expect((await post(url, fieldsOf(), "c".repeat(32))).status).toBe(200);
    expect(await stored(receiver)).toHaveLength(4);
  });

  it("of a provider with an API key only is taken at the URL that the gateway gave out, and nowhere else", async () => {
    const receiver = await start({ secrets: { apiKeySecret: "x" }, config: { apiKeySid: "SK1" } });
    const refused = await post(plainUrl(receiver), fieldsOf());
    expect(refused.status).toBe(403);
    expect(refused.text).toContain("API key only");
    const url = String(receiver.urls.inboundUrl(await receiver.provider()));
    expect((await post(url, fieldsOf(), null)).status).toBe(200);
    expect(
      (
        await post(
          url.replace(/.$/, (last) => (last === "0" ? "1" : "0")),
          fieldsOf(),
          null,
        )
      ).status,
    ).toBe(403);
    expect(await stored(receiver)).toHaveLength(1);
  });

  it("to a number that only the upstream's catalogue has makes that a sender; to any other nothing is stored", async () => {
    const receiver = await start();
    const lost = await post(plainUrl(receiver), fieldsOf({ To: "+12025550777" }));
    expect(lost.status).toBe(404);
    expect(lost.text).toContain("nothing was stored");
    await receiver.db.query(
      `insert into upstream_senders (account_id, provider_id, sid, kind, address, name, capabilities, synced_at)
       values ($1, $2, 'PN1', 'number', '+12025550777', 'Shop', '{sms}', now())`,
      [uuidOf(receiver.account.accountSid), receiver.providerId],
    );
    expect((await post(plainUrl(receiver), fieldsOf({ To: "+12025550777" }))).status).toBe(200);
    const [message, ...more] = await stored(receiver);
    expect(message).toMatchObject({ to_address: "+12025550777" });
    expect(more).toEqual([]);
  });

  it("with a keyword changes consent; the upstream has answered it, unless the gateway is to", async () => {
    const quiet = await start();
    const answering = await start({ config: { keywordReplies: "gateway" } });
    const number = upstream.numbers[0];
    const optedOut = (receiver: UpstreamReceiver) =>
      isOptedOut(receiver.db, receiver.account.accountSid, [number], handset);
    for (const receiver of [quiet, answering]) {
      await post(plainUrl(receiver), fieldsOf({ Body: "STOP" }));
      expect(await optedOut(receiver)).toBe(true);
      await post(plainUrl(receiver), fieldsOf({ Body: "START" }));
      expect(await optedOut(receiver)).toBe(false);
      await post(plainUrl(receiver), fieldsOf({ Body: "arrêter", OptOutType: "STOP" }));
      expect(await optedOut(receiver)).toBe(true);
    }
    expect(await replies(quiet)).toEqual([]);
    expect(await replies(answering)).toHaveLength(3);
  });

  it("keeps its media, and brings what the upstream knows of places and keywords to the application", async () => {
    const receiver = await start();
    await receiver.db.query("update senders set sms_url = 'https://app.example.com/sms' where account_id = $1", [
      uuidOf(receiver.account.accountSid),
    ]);
    const media = { MediaUrl0: "https://up.example/1", MediaContentType0: "image/png", MediaUrl1: "ftp://no" };
    const more = { ...media, NumMedia: "9999999", FromCity: "TOULOUSE", OptOutType: "HELP" };
    expect((await post(plainUrl(receiver), fieldsOf(more))).status).toBe(200);
    expect(await receiver.db.query("select url, content_type from media")).toEqual([
      { url: "https://up.example/1", content_type: "image/png" },
    ]);
    const [callback] = await receiver.db.query<{ fields: [string, string][] }>("select fields from callbacks");
    expect(Object.fromEntries(callback?.fields ?? [])).toMatchObject({
      NumMedia: "1",
      FromCity: "TOULOUSE",
      ToCity: "",
      OptOutType: "HELP",
    });
  });

  it("may come as a GET", async () => {
    const receiver = await start();
    const url = `${plainUrl(receiver)}?${new URLSearchParams(fieldsOf({ Body: "by query" }))}`;
    const signature = signRequest({ token: upstream.authToken, url, params: [] });
    const answer = await fetch(url, { headers: { "x-twilio-signature": signature } });
    expect(answer.status, await answer.text()).toBe(200);
    expect(await stored(receiver)).toMatchObject([{ body: "by query" }]);
  });

  it("that lacks something, or is odd, huge or binary, gets a 4xx, and never an error of ours", async () => {
    const receiver = await start();
    const url = plainUrl(receiver);
    for (const fields of [
      { From: "" },
      { To: "" },
      { MessageSid: "" },
      { From: "x".repeat(3000) },
      { To: "+1\0" },
      { MessageSid: "\ud800".padEnd(9000, "x") },
    ]) {
      const { status } = await post(url, fieldsOf(fields as Record<string, string>));
      expect(status, JSON.stringify(fields).slice(0, 50)).toBe(400);
    }
    const kept = await post(
      url,
      fieldsOf({ Body: `\0${"😀x".repeat(10_000)}`, FromCity: "\0", MediaUrl0: "https://[" }),
    );
    expect(kept.status, kept.text).toBe(200);
    for (const [body, type, status] of [
      ["{}", "application/json", 415],
      ["{", "application/json", 400],
      ["From=1", "text/plain", 415],
      ["x=".padEnd(1_100_000, "y"), "application/x-www-form-urlencoded", 413],
      ["x=1&".repeat(5000), "application/x-www-form-urlencoded", 400],
      ["\xff\xfe", "application/x-www-form-urlencoded", 403],
    ] as const) {
      const response = await fetch(url, { method: "POST", headers: { "content-type": type }, body });
      expect(response.status, await response.text()).toBe(status);
    }
    expect(await stored(receiver)).toHaveLength(1);
  });
});
