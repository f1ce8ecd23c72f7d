// @fusionauth/typescript-client against the gateway, unmodified: every call that it has for what is served here. The client drops
// the body of an answer that is not JSON by its content type, and rejects whatever is not 2xx.

import { FusionAuthClient } from "@fusionauth/typescript-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addAccessKey, genericMessenger, twilioMessenger } from "../support/fusionauth.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

let gateway: TestGateway;
let key: string;
let client: FusionAuthClient;

beforeAll(async () => {
  gateway = await startTestGateway();
  key = await addAccessKey(gateway, gateway);
  client = new FusionAuthClient(key, gateway.url);
});
afterAll(() => gateway.stop());

/** The client's types know only the fields that every messenger has. */
type Request = Parameters<FusionAuthClient["createMessenger"]>[1];
const request = (messenger: Record<string, unknown>) => ({ messenger }) as unknown as Request;

interface Rejected {
  readonly statusCode: number;
  readonly exception?: { readonly fieldErrors?: Record<string, unknown>; readonly generalErrors?: unknown };
}

async function rejected(call: Promise<unknown>): Promise<Rejected> {
  return await call.then(
    () => Promise.reject(new Error("it was let through")),
    (error: unknown) => error as Rejected,
  );
}

describe("messengers", () => {
  it("are created, retrieved, updated, patched and deleted, with and without an id of one's own", async () => {
    const id = "f49c3b86-91fe-48f7-ae46-d166eead0166";
    const given = twilioMessenger();
    const created = await client.createMessenger(id, request(given));
    expect(created.statusCode).toBe(200);
    const { insertInstant, lastUpdateInstant, ...rest } = created.response.messenger as unknown as Record<
      string,
      unknown
    >;
    expect(rest).toEqual({ ...given, id, messageTypes: ["SMS"], transport: "sms" });
    expect(Number.isInteger(insertInstant)).toBe(true);
    expect(lastUpdateInstant).toBe(insertInstant);
    const generic = await client.createMessenger(undefined as unknown as string, request(genericMessenger()));
    const genericId = generic.response.messenger?.id ?? "";
    expect(genericId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);

    expect((await client.retrieveMessenger(id)).response.messenger).toEqual(created.response.messenger);
    const all = await client.retrieveMessengers();
    expect(all.response.messengers?.map((one) => one.type)).toEqual(["Twilio", "Generic"]);
    const withoutId = await client.retrieveMessenger("");
    expect((withoutId.response as { messengers?: unknown }).messengers).toEqual(all.response.messengers);

    const { authToken: _without, ...withoutToken } = given;
    const updated = await client.updateMessenger(id, request({ ...withoutToken, name: "New" }));
    expect(updated.response.messenger).not.toHaveProperty("authToken");
    expect(updated.response.messenger).toMatchObject({ name: "New", insertInstant });
    expect(Number(updated.response.messenger?.lastUpdateInstant)).toBeGreaterThan(Number(insertInstant));
    const patched = await client.patchMessenger(id, request({ debug: true, data: { more: [1] } }));
    expect(patched.response.messenger).toMatchObject({ name: "New", debug: true, data: { foo: "bar", more: [1] } });

    for (const one of [id, genericId]) {
      const deleted = await client.deleteMessenger(one);
      expect([deleted.statusCode, deleted.response]).toEqual([200, undefined]);
      for (const again of [() => client.retrieveMessenger(one), () => client.deleteMessenger(one)]) {
        const answer = await rejected(again());
        expect([answer.statusCode, answer.exception]).toEqual([404, undefined]);
      }
    }
    expect((await client.retrieveMessengers()).response.messengers).toEqual([]);
  });

  it("that are wrong are refused with the errors that the client reads", async () => {
    const { statusCode, exception } = await rejected(client.createMessenger("", request({ type: "Twilio" })));
    expect(statusCode).toBe(400);
    expect(Object.keys(exception?.fieldErrors ?? {}).sort()).toEqual(
      ["accountSID", "fromPhoneNumber", "name", "url"].map((name) => `messenger.${name}`),
    );
  });

  it("need a key, whatever tenant the client is for", async () => {
    for (const wrong of [null as unknown as string, "wrong", `Bearer ${key}`]) {
      const answer = await rejected(new FusionAuthClient(wrong, gateway.url).retrieveMessengers());
      expect([answer.statusCode, answer.exception]).toEqual([401, undefined]);
    }
    const ofTenant = new FusionAuthClient(key, gateway.url, "30663132-6464-6665-3032-326466613934");
    expect((await ofTenant.retrieveMessengers()).statusCode).toBe(200);
  });
});

describe("API keys", () => {
  it("allow what their permissions say, until they expire or are deleted", async () => {
    const made = await client.createAPIKey(undefined as unknown as string, {
      apiKey: {
        name: "terraform",
        metaData: { attributes: { description: "for terraform" } },
        permissions: { endpoints: { "/api/messenger": ["GET"] } },
      },
    });
    const { id = "", key: secret = "" } = made.response.apiKey ?? {};
    const limited = new FusionAuthClient(secret, gateway.url);
    expect((await limited.retrieveMessengers()).statusCode).toBe(200);
    expect((await rejected(limited.createMessenger("", request(twilioMessenger())))).statusCode).toBe(401);
    expect((await rejected(limited.retrieveAPIKey(id))).statusCode).toBe(401);

    expect((await client.retrieveAPIKey(id)).response.apiKey).toMatchObject({
      ...{ id, key: secret, keyManager: false, retrievable: true, name: "terraform" },
      ...{ metaData: { attributes: { description: "for terraform" } } },
    });
    const updated = await client.updateAPIKey(id, { apiKey: { name: "all", expirationInstant: Date.now() + 60_000 } });
    expect(updated.response.apiKey).not.toHaveProperty("permissions");
    expect((await limited.createMessenger("", request(twilioMessenger()))).statusCode).toBe(200);
    await client.patchAPIKey(id, { apiKey: { expirationInstant: Date.now() - 1 } });
    expect((await rejected(limited.retrieveMessengers())).statusCode).toBe(401);
    expect((await client.deleteAPIKey(id)).statusCode).toBe(200);
    expect((await rejected(client.retrieveAPIKey(id))).statusCode).toBe(404);
  });
});

it("the event log can be searched", async () => {
  const { statusCode, response } = await client.searchEventLogs({ search: { numberOfResults: 5, startRow: 0 } });
  expect([statusCode, response]).toEqual([200, { eventLogs: [], total: 0 }]);
  expect((await rejected(client.retrieveEventLog(1))).statusCode).toBe(404);
});
