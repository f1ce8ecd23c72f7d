import { setTimeout as delay } from "node:timers/promises";
import { createConnection } from "@prismatic-io/spectral/dist/testing.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callNative } from "../../gateway/test/support/native-client.ts";
import { basic } from "../../gateway/test/support/twilio-call.ts";
import { authTokenConnection } from "../src/connections/auth-token.ts";
import { type ComponentOnGateway, componentOnGateway, newHandsets } from "./support/component-on-gateway.ts";
import { startFaultyServer } from "./support/faulty-server.ts";

let on: ComponentOnGateway;
beforeAll(async () => {
  on = await componentOnGateway();
});
afterAll(() => on.stop());
const handset = newHandsets();

describe("Check Consent", () => {
  const write = (contact: string, body: string, to = on.gateway.numbers[0]) =>
    callNative(on.gateway.url, basic(on.gateway.accountSid, on.gateway.authToken), [
      "POST",
      "/sandbox/inbound",
      { from: contact, to, body },
    ]);
  const check = (params: Readonly<Record<string, unknown>>) => on.run("checkConsent", params);
  /** An opt-out that the contact did not send. */
  const optOut = (contact: string, sender_id: string) => {
    const item = {
      contact_id: contact,
      correlation_id: "a".repeat(32),
      sender_id,
      status: "opt-out",
      source: "website",
    };
    const data = `Items=${encodeURIComponent(JSON.stringify(item))}`;
    return on.run("rawRequest", { url: "/v1/Consents/Bulk", method: "POST", data });
  };

  it("asks a gateway for what it has stored, towards the sender or any", async () => {
    const contact = handset();
    const [number, pooled] = on.gateway.numbers;
    expect(await check({ contact })).toMatchObject({ status: "unknown", source: "consents", evidence: null });
    await write(contact, " stop ");
    expect(await check({ contact, sender: number })).toMatchObject({ status: "opted-out", evidence: "stored-consent" });
    expect(await check({ contact, sender: pooled })).toMatchObject({ status: "unknown" });
    await optOut(contact, on.gateway.serviceSid);
    await write(contact, "START");
    expect(await check({ contact, sender: number })).toMatchObject({ status: "opted-in" });
    for (const sender of [on.gateway.serviceSid, pooled, ""]) {
      expect(await check({ contact, sender })).toMatchObject({ status: "opted-out" });
    }
  });

  it("follows STOP and START in the messages where no consents are kept", async () => {
    const twilioConnection = await withoutConsents();
    const contact = handset();
    const checked = (params: object = {}) => check({ twilioConnection, contact, ...params });
    expect(await checked()).toMatchObject({ status: "unknown", source: "messages" });
    const { body: stop } = await write(contact, "STOP");
    expect(await checked({ sender: on.gateway.numbers[0] })).toMatchObject({
      status: "opted-out",
      evidence: "keyword",
      messageSid: stop.sid,
    });
    expect(await checked({ sender: on.gateway.numbers[1] })).toMatchObject({ status: "unknown" });
    const { body: start } = await write(contact, "START");
    expect(await checked()).toMatchObject({ status: "opted-in", messageSid: start.sid });
  });

  it("sees an opt-out that was entered elsewhere by the message that it stopped", async () => {
    const twilioConnection = await withoutConsents();
    const contact = handset();
    const sender = on.gateway.serviceSid;
    await optOut(contact, sender);
    const message = { to: contact, messagingServiceSid: sender, message: "Hello" };
    const { sid } = await on.run<{ sid: string }>("sendSMS", message);
    while ((await on.run<{ status: string }>("getSMS", { sid })).status !== "failed") await delay(20);
    expect(await check({ twilioConnection, contact, sender })).toMatchObject({
      status: "opted-out",
      evidence: "refused-message",
      messageSid: sid,
    });
  });

  const closers: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const close of closers) await close();
  });
  /** The gateway as a server that has Twilio's API only. */
  async function withoutConsents() {
    const server = await startFaultyServer(on.gateway.url);
    closers.push(() => server.close());
    server.otherwise = ({ path }) => (path.startsWith("/trunkline") ? { status: 404, body: "{}" } : "pass");
    return on.at(server.url);
  }
});

describe("Verify Connection", () => {
  it("tells of an auth token and of an API key that they work", async () => {
    expect(await on.run("verifyConnection", {})).toMatchObject({ accountSid: on.gateway.accountSid, status: "active" });
    expect(await on.run("verifyConnection", { twilioConnection: on.apiKey })).toMatchObject({ status: null });
  });
});

describe("Rotate Credential", () => {
  it("makes, refuses to lose, and promotes a token, and can be repeated", async () => {
    const account = await on.gateway.addAccount();
    const connectionWith = (password: string) =>
      createConnection(authTokenConnection, { username: account.accountSid, password, apiBaseUrl: on.gateway.url });
    const rotate = (params: object, password = account.authToken) =>
      on.run<{ secondaryAuthToken: string; changed: boolean }>("rotateCredential", {
        twilioConnection: connectionWith(password),
        ...params,
      });
    expect(await rotate({ operation: "delete" })).toMatchObject({ changed: false });
    const { secondaryAuthToken: first } = await rotate({ operation: "create" });
    await expect(rotate({ operation: "create" })).rejects.toThrow("a secondary token already");
    const { secondaryAuthToken: second } = await rotate({ operation: "create", replaceSecondary: "true" });
    expect(second).not.toBe(first);
    await expect(rotate({ operation: "promote", newAuthToken: first })).rejects.toThrow("was not promoted");
    await expect(rotate({ operation: "promote" })).rejects.toThrow("missing or malformed");
    await rotate({ operation: "promote", newAuthToken: second });
    await rotate({ operation: "promote", newAuthToken: second }, second);
    await expect(rotate({ operation: "delete" })).rejects.toThrow("credentials");
    expect(await rotate({ operation: "delete" }, second)).toMatchObject({ changed: false });
  });

  it("needs the auth token", async () => {
    const rotation = { twilioConnection: on.apiKey, operation: "create" };
    await expect(on.run("rotateCredential", rotation)).rejects.toThrow("An API key cannot rotate");
  });

  it("lets a gateway rotate a provider, and shows the rotation that is under way", async () => {
    const server = await startFaultyServer();
    const rotation = { id: "r1", state: "running", steps: [] };
    const params = { operation: "provider", providerId: "p-1" };
    const twilioConnection = on.at(server.url);
    server.next({ status: 202, body: JSON.stringify(rotation) });
    expect(await on.run("rotateCredential", { twilioConnection, ...params })).toMatchObject({ rotation });
    server.next(
      { status: 409, body: '{"error":{"code":"conflict"}}' },
      { status: 200, body: JSON.stringify(rotation) },
    );
    expect(await on.run("rotateCredential", { twilioConnection, ...params })).toMatchObject({ rotation });
    expect(server.seen.map(({ method, path }) => `${method} ${path.split("?")[0]}`)).toEqual([
      "POST /trunkline/v1/providers/p-1/rotate",
      "POST /trunkline/v1/providers/p-1/rotate",
      "GET /trunkline/v1/providers/p-1/rotate",
    ]);
    await server.close();
    const missing = { operation: "provider", providerId: "00000000-0000-4000-8000-000000000000" };
    await expect(on.run("rotateCredential", missing)).rejects.toMatchObject({ kind: "not-found" });
    await expect(on.run("rotateCredential", { ...params, providerId: "../x" })).rejects.toThrow("provider ID");
  });
});
