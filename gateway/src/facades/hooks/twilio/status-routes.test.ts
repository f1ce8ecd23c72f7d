import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../../test/support/gateway.ts";
import { type ReverseProxy, startReverseProxy } from "../../../../test/support/reverse-proxy.ts";
import { callsOf } from "../../../../test/support/twilio-call.ts";
import {
  eventually,
  startUpstreamReceiver,
  type UpstreamReceiver,
  unknownSid,
} from "../../../../test/support/upstream-receiver.ts";
import type { Handover } from "../../../carriers/carrier.ts";
import { newUuid, uuidOf } from "../../../core/ids.ts";
import { signRequest } from "../../../core/signature/signature.ts";

let upstream: TestGateway;

beforeAll(async () => {
  upstream = await startTestGateway({ dispatch: true });
});
afterAll(() => upstream.stop());

/** What the upstream would post; `sign` with a token of its account. */
async function report(
  receiver: UpstreamReceiver,
  { messageSid, attempt }: Pick<Handover, "messageSid" | "attempt">,
  fields: Record<string, string>,
  { token, method = "POST" }: { readonly token?: string; readonly method?: "GET" | "POST" } = {},
): Promise<number> {
  const url = receiver.urls.statusCallbackUrl(await receiver.provider(), { messageSid, attempt }) ?? "";
  const form = new URLSearchParams({ MessageSid: "SMupstream", ...fields });
  const called = method === "GET" ? `${url}?${form}` : url;
  const params = method === "GET" ? [] : [...form];
  const response = await fetch(called, {
    method,
    headers: token === undefined ? {} : { "x-twilio-signature": signRequest({ token, url: called, params }) },
    ...(method === "GET" ? {} : { body: form }),
  });
  await response.arrayBuffer();
  return response.status;
}

describe("reports of a real upstream", () => {
  it("arrive signed, directly and through a proxy that nobody trusts, and make messages delivered", async () => {
    const direct = await startUpstreamReceiver(upstream);
    let behind: UpstreamReceiver | undefined;
    const proxy: ReverseProxy = await startReverseProxy({ target: () => String(behind?.url), protocol: "https" });
    behind = await startUpstreamReceiver(upstream, { publicUrl: proxy.origin });
    for (const receiver of [direct, behind]) {
      const sids = await Promise.all(Array.from({ length: 5 }, () => receiver.send()));
      for (const sid of sids) {
        await eventually(async () => expect(await receiver.messageOf(sid)).toMatchObject({ status: "delivered" }));
        expect((await receiver.eventsOf(sid)).at(-1)).toBe("message.delivered");
      }
    }
    expect(proxy.paths.filter((path) => path.includes("/status/")).length).toBeGreaterThanOrEqual(5);
    await Promise.all([direct.stop(), behind.stop(), proxy.close()]);
  });

  it("are taken with either token while the upstream's token is rotated", async () => {
    const account = await upstream.addAccount();
    const call = callsOf(upstream.url, account);
    const receiver = await startUpstreamReceiver({ ...account, url: upstream.url });
    const made = await call("/v1/AuthTokens/Secondary", { method: "POST" });
    const secondary = String(made.json?.["secondary_auth_token"]);
    await receiver.setSecrets({ authToken: account.authToken, secondaryAuthToken: secondary });
    const before = await receiver.send();
    await eventually(async () => expect(await receiver.messageOf(before)).toMatchObject({ status: "delivered" }));
    const during = await receiver.begin();
    expect((await call("/v1/AuthTokens/Promote", { method: "POST" })).status).toBe(200);
    // Signed with what is the primary token now, though the provider still calls it the secondary one.
    expect(await report(receiver, during, { MessageStatus: "sent" }, { token: secondary })).toBe(204);
    await receiver.setSecrets({ authToken: secondary });
    const after = await receiver.send();
    await eventually(async () => expect(await receiver.messageOf(after)).toMatchObject({ status: "delivered" }));
    await receiver.stop();
  });
});

describe("a report", () => {
  let receiver: UpstreamReceiver;
  beforeEach(async () => {
    receiver = await startUpstreamReceiver(upstream);
  });
  afterEach(() => receiver.stop());

  it("settles an attempt whose outcome was never stored", async () => {
    const open = await receiver.begin();
    expect(await report(receiver, open, { MessageStatus: "sent" })).toBe(204);
    expect(await receiver.messageOf(open.messageSid)).toMatchObject({ status: "sent" });
    expect(await receiver.attemptsOf(open.messageSid)).toMatchObject([
      { outcome: "adopted", carrier_message_id: "SMupstream" },
    ]);
    expect(await report(receiver, open, { MessageStatus: "delivered" })).toBe(204);
    expect(await receiver.eventsOf(open.messageSid)).toEqual(["message.sent", "message.delivered"]);
    expect(await receiver.attemptsOf(open.messageSid)).toMatchObject([{ reported: "delivered" }]);
  });

  it("that comes ahead of the hand-over's own outcome tells that the message was sent, then the rest", async () => {
    for (const status of ["delivered", "undelivered"]) {
      const open = await receiver.begin();
      expect(await report(receiver, open, { MessageStatus: status })).toBe(204);
      expect(await receiver.eventsOf(open.messageSid)).toEqual(["message.sent", `message.${status}`]);
    }
    const failed = await receiver.begin();
    expect(await report(receiver, failed, { MessageStatus: "failed" })).toBe(204);
    expect(await receiver.eventsOf(failed.messageSid)).toEqual(["message.failed"]);
  });

  it("that the upstream merely has it counts as sent, and keeps a lost attempt from being sent again", async () => {
    const lost = await receiver.begin({ status: "queued", outcome: "lost" });
    expect(await report(receiver, lost, { MessageStatus: "queued" })).toBe(204);
    expect(await receiver.messageOf(lost.messageSid)).toMatchObject({ status: "sent" });
    expect(await receiver.attemptsOf(lost.messageSid)).toMatchObject([{ outcome: "adopted" }]);
  });

  it("counts although its provider was deleted, or made anew with other credentials, but only if it is the provider's", async () => {
    const provider = await receiver.provider();
    const [first, second, third] = [await receiver.begin(), await receiver.begin(), await receiver.begin()];
    const url = (message: Handover) => receiver.urls.statusCallbackUrl(provider, message) ?? "";
    const post = async (message: Handover, token: string) => {
      const form = new URLSearchParams({ MessageSid: "SMupstream", MessageStatus: "delivered" });
      const headers = { "x-twilio-signature": signRequest({ token, url: url(message), params: [...form] }) };
      return (await fetch(url(message), { method: "POST", headers, body: form })).status;
    };
    await receiver.removeProvider();
    expect(await post(first, "another token")).toBe(403);
    expect(await post(first, upstream.authToken)).toBe(204);
    expect(await receiver.messageOf(first.messageSid)).toMatchObject({ status: "delivered" });
    const inbound = await fetch(`${receiver.url}/hooks/twilio/${provider.id}/inbound`, { method: "POST" });
    expect(inbound.status).toBe(404);
    await receiver.addProvider({ authToken: "the next token" });
    expect(await post(second, upstream.authToken)).toBe(204);
    await receiver.removeProvider();
    expect(await post(third, "the next token")).toBe(204);
  });

  it("of a failure ends the message with its code, also after it was sent", async () => {
    const sent = await receiver.begin({ status: "sent", outcome: "accepted" });
    await report(receiver, sent, { MessageStatus: "failed", ErrorCode: "30034" });
    expect(await receiver.messageOf(sent.messageSid)).toMatchObject({ status: "failed", error_code: 30034 });
    const other = await receiver.begin({ status: "sent", outcome: "accepted" });
    await report(receiver, other, { MessageStatus: "undelivered", ErrorCode: "nonsense" });
    expect(await receiver.messageOf(other.messageSid)).toMatchObject({ status: "undelivered", error_code: 30008 });
  });

  it("of an attempt that was given up ends nothing, and good news of it counts", async () => {
    for (const [status, becomes] of [
      ["failed", "sent"],
      ["undelivered", "sent"],
      ["delivered", "delivered"],
    ] as const) {
      const message = await receiver.begin({ status: "sent", outcome: "lost" });
      await receiver.db.query(
        `insert into attempts (account_id, message_id, attempt, provider_id, from_address, started_at, outcome)
         values ($1, $2, 2, $3, '+12025550100', now(), 'accepted')`,
        [uuidOf(message.accountSid), uuidOf(message.messageSid), newUuid()],
      );
      expect(await report(receiver, message, { MessageStatus: status, ErrorCode: "30005" })).toBe(204);
      expect(await receiver.messageOf(message.messageSid)).toMatchObject({ status: becomes });
    }
  });

  it("is taken once however often and in whatever order reports come, many at a time", async () => {
    const messages = await Promise.all(
      Array.from({ length: 12 }, () => receiver.begin({ status: "sent", outcome: "accepted" })),
    );
    const statuses = ["delivered", "sent", "delivered", "queued", "undelivered"];
    for (const message of messages) await report(receiver, message, { MessageStatus: "delivered" });
    const codes = await Promise.all(
      messages.flatMap((message) => statuses.map((MessageStatus) => report(receiver, message, { MessageStatus }))),
    );
    expect(new Set(codes)).toEqual(new Set([204]));
    for (const { messageSid } of messages) {
      expect(await receiver.messageOf(messageSid)).toMatchObject({ status: "delivered" });
      expect(await receiver.eventsOf(messageSid)).toEqual(["message.delivered"]);
    }
  });

  it("may come as a GET, signed over its query", async () => {
    const open = await receiver.begin();
    const token = upstream.authToken;
    expect(await report(receiver, open, { MessageStatus: "delivered" }, { token, method: "GET" })).toBe(204);
    expect(await receiver.messageOf(open.messageSid)).toMatchObject({ status: "delivered" });
  });

  it("is refused with another MAC, for another attempt, and with a signature that does not fit", async () => {
    const open = await receiver.begin();
    const url = new URL(receiver.urls.statusCallbackUrl(await receiver.provider(), open) ?? "");
    const base = `${receiver.url}/hooks/twilio/${receiver.providerId}/status`;
    const mac = url.pathname.split("/").at(-1);
    const post = async (to: string, headers: Record<string, string> = {}) => {
      const body = new URLSearchParams({ MessageSid: "SM1", MessageStatus: "failed", ErrorCode: "30003" });
      const response = await fetch(to, { method: "POST", headers, body });
      await response.arrayBuffer();
      return response.status;
    };
    for (const path of [
      `${open.messageSid}/1/${"0".repeat(32)}`,
      `${open.messageSid}/2/${mac}`,
      `${unknownSid()}/1/${mac}`,
      `${open.messageSid}/1/x`,
      `${open.messageSid}/0x1/${mac}`,
      `nonsense/1/${mac}`,
    ]) {
      expect(await post(`${base}/${path}`), path).toBe(403);
    }
    const forged = signRequest({ token: "f".repeat(32), url: url.href, params: [["MessageStatus", "failed"]] });
    expect(await post(url.href, { "x-twilio-signature": forged })).toBe(403);
    expect(await post(url.href.replace(receiver.providerId, newUuid()))).toBe(404);
    expect(await post(url.href.replace(receiver.providerId, "nobody"))).toBe(404);
    expect(await receiver.messageOf(open.messageSid)).toMatchObject({ status: "sending" });
  });

  it("that is odd, huge or binary gets a 4xx or has no effect, and never an error of ours", async () => {
    const open = await receiver.begin({ status: "sent", outcome: "accepted" });
    const url = receiver.urls.statusCallbackUrl(await receiver.provider(), open) ?? "";
    const form = "application/x-www-form-urlencoded";
    const cases: readonly [body: string | Uint8Array<ArrayBuffer>, type: string, status: number][] = [
      ['{"MessageStatus":"delivered"}', "application/json", 415],
      ["{", "application/json", 400],
      ["MessageStatus=delivered", "text/plain", 415],
      ["x", "multipart/form-data; boundary=x", 415],
      ["", form, 400],
      ["MessageSid=SM1", form, 400],
      ["MessageStatus=delivered", form, 400],
      ["MessageStatus=delivered&MessageSid=%00", form, 400],
      [`MessageStatus=delivered&MessageSid=${"x".repeat(5000)}`, form, 400],
      ["MessageStatus=nonsense&MessageSid=SM1", form, 204],
      ["MessageStatus=received&MessageSid=SM1", form, 204],
      ["%", form, 400],
      [new Uint8Array(1000).fill(0xff), form, 400],
      ["a=1&".repeat(2000), form, 400],
      ["a=".padEnd(1_100_000, "x"), form, 413],
    ];
    for (const [body, type, status] of cases) {
      const response = await fetch(url, { method: "POST", headers: { "content-type": type }, body });
      expect(response.status, `${type} ${String(body).slice(0, 60)} ${await response.text()}`).toBe(status);
    }
    for (const [method, path] of [
      ["PUT", url],
      ["HEAD", url],
      ["POST", `${receiver.url}/hooks/nothing`],
      ["POST", `${url}/more`],
      ["POST", `${receiver.url}/hooks/twilio/%E0%A4%A/inbound`],
    ] as const) {
      expect((await fetch(path, { method })).status, `${method} ${path}`).toBe(404);
    }
    expect(await receiver.messageOf(open.messageSid)).toMatchObject({ status: "sent" });
  });
});
