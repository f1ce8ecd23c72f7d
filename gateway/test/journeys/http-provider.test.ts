// Another gateway as a templated HTTP provider: its Twilio API, called with a template that an operator could have written.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { uuidOf } from "../../src/core/ids.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { formTemplate, httpProvider, type TestHttpCarrier, testHttpCarrier } from "../support/http-carrier.ts";
import { newHandover } from "../support/sandbox.ts";

describe("a gateway as an http provider", () => {
  let upstream: TestGateway;
  let http: TestHttpCarrier;
  beforeAll(async () => {
    upstream = await startTestGateway({ dispatch: true });
    http = testHttpCarrier();
  });
  afterAll(async () => {
    await http.close();
    await upstream.stop();
  });

  function provider(password = upstream.authToken) {
    const url = `${upstream.url}/2010-04-01/Accounts/${upstream.accountSid}/Messages.json`;
    const authentication = { method: "BASIC", username: upstream.accountSid } as const;
    return httpProvider({ requests: [formTemplate(url)], authentication }, { password });
  }

  function handoverOf(parts: Parameters<typeof newHandover>[1]) {
    return newHandover(upstream.accountSid, { from: upstream.numbers[0], ...parts });
  }

  async function storedAs(body: string): Promise<readonly string[]> {
    const rows = await upstream.db.query<{ id: string; to_address: string }>(
      "select id, to_address from messages where account_id = $1 and body = $2",
      [uuidOf(upstream.accountSid), body],
    );
    return rows.map(({ id, to_address: to }) => `SM${id.replaceAll("-", "")} ${to}`);
  }

  it("has each message once, under the SID that the carrier reports, with its text as it was", async () => {
    const target = provider();
    const handovers = Array.from({ length: 20 }, (_, index) =>
      handoverOf({ to: `+1202555${1000 + index}`, body: `code ${index}&To=+1 "100%" é🎉\n{}` }),
    );
    const outcomes = await Promise.all(handovers.map((handover) => http.send(target, handover)));
    for (const [index, outcome] of outcomes.entries()) {
      const { to, body } = handovers[index] ?? handoverOf({});
      expect(outcome).toEqual({ kind: "accepted", carrierMessageId: expect.stringMatching(/^SM[0-9a-f]{32}$/) });
      expect(await storedAs(body)).toEqual([
        `${outcome.kind === "accepted" ? outcome.carrierMessageId : outcome.kind} ${to}`,
      ]);
    }
  });

  it("tells a recipient at fault from a sender that it does not have and from wrong credentials", async () => {
    const recipient = handoverOf({ to: "+1555", body: "recipient" });
    expect(await http.send(provider(), recipient)).toMatchObject({ kind: "refused", errorCode: 21211 });
    const sender = handoverOf({ from: "+12025550199", body: "sender" });
    expect(await http.send(provider(), sender)).toMatchObject({ kind: "next-provider" });
    const stranger = handoverOf({ body: "stranger" });
    expect(await http.send(provider("0".repeat(32)), stranger)).toMatchObject({
      kind: "next-provider",
      rejected: true,
    });
    for (const { body } of [recipient, sender, stranger]) expect(await storedAs(body)).toEqual([]);
  });

  it("is checked without a message", async () => {
    expect(await http.check(provider())).toMatchObject({ kind: "ok" });
  });

  it("that cannot reach its database has not accepted the message, and nobody else gets it while it may have it", async () => {
    const giveBack = await upstream.cutDatabase();
    try {
      const outcome = await http.send(provider(), handoverOf({ body: "outage" }));
      expect(["retry", "unknown"]).toContain(outcome.kind);
    } finally {
      await giveBack();
    }
  });
});
