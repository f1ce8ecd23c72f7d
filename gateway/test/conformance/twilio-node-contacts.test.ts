// Twilio's official Node client against consents, contacts, the safe list and geo permissions.

import twilio from "twilio";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { clientByBaseUrl, clientByHttpClient, type TwilioClient } from "./twilio-client.ts";

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.stop());

const ways: readonly (readonly [string, () => TwilioClient])[] = [
  ["its base URL set", () => clientByBaseUrl(gateway.url, gateway)],
  ["an API key", () => clientByHttpClient(gateway.url, { ...gateway.apiKey, accountSid: gateway.accountSid })],
];

describe.each(ways)("npm twilio with %s", (_name, clientOf) => {
  const to = "+4915123456789";

  it("gives consents, which messages obey", async () => {
    const client = clientOf();
    const message = { to, from: gateway.numbers[0], body: "x" };
    const give = async (status: string) => {
      const consent = {
        contact_id: to,
        correlation_id: "ad388b5a46b33b874b0d41f7226db2ef",
        sender_id: gateway.numbers[0],
        status,
        source: "website",
        date_of_consent: new Date().toISOString(),
      };
      const broken = { ...consent, contact_id: "+19", correlation_id: "02520cfa6c432f0e3ec3a38c122d428d" };
      return client.accounts.v1.bulkConsents.create({ items: [consent, broken] });
    };
    expect((await give("opt-out")).items).toEqual([
      { correlation_id: "ad388b5a46b33b874b0d41f7226db2ef", error_code: 0, error_messages: [] },
      {
        correlation_id: "02520cfa6c432f0e3ec3a38c122d428d",
        error_code: 30646,
        error_messages: ["INVALID_CONTACT_ID"],
      },
    ]);
    await expect(client.messages.create(message)).rejects.toMatchObject({ status: 400, code: 21610 });
    await give("opt-in");
    expect((await client.messages.create(message)).status).toBe("queued");
  });

  it("tells where contacts are", async () => {
    const item = {
      contact_id: to,
      correlation_id: "ad388b5a46b33b874b0d41f7226db2eh",
      country_iso_code: "DE",
      zip_code: "10115",
    };
    const { items } = await clientOf().accounts.v1.bulkContacts.create({ items: [item] });
    expect(items).toEqual([{ correlation_id: item.correlation_id, error_code: 0, error_messages: [] }]);
    await expect(clientOf().accounts.v1.bulkContacts.create({ items: [] })).rejects.toMatchObject({ code: 20001 });
  });

  it("adds to the safe list, fetches and removes", async () => {
    const { safelist } = clientOf().accounts.v1;
    for (const phoneNumber of ["+18001234567", "+18001234xxx"]) {
      const made = await safelist.create({ phoneNumber });
      expect(made).toMatchObject({ sid: expect.stringMatching(/^GN/), phoneNumber });
      expect(await safelist.fetch({ phoneNumber })).toMatchObject({ sid: made.sid, phoneNumber });
      const error = await safelist.create({ phoneNumber }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(twilio.RestException);
      expect(error).toMatchObject({ status: 400, code: 60411 });
      expect(await safelist.remove({ phoneNumber })).toBe(true);
      await expect(safelist.fetch({ phoneNumber })).rejects.toMatchObject({ status: 404, code: 20404 });
    }
  });

  it("switches countries off and on, which messages obey", async () => {
    const client = clientOf();
    const { messagingGeopermissions: permissions } = client.accounts.v1;
    const message = { to: "+919876543210", from: gateway.numbers[0], body: "x" };
    const set = (enabled: boolean) =>
      permissions.update({ permissions: [{ country_code: "IN", type: "country", enabled }] });
    const answer = { country_code: "IN", type: "country", enabled: false, error_code: 0, error_messages: [] };
    expect((await set(false)).permissions).toEqual([answer]);
    expect((await permissions.fetch({ countryCode: "IN,PK" })).permissions).toEqual([
      { country_code: "IN", type: "country", enabled: false, prefix: "+91", message: "" },
      { country_code: "PK", type: "country", enabled: true, prefix: "+92", message: "" },
    ]);
    await expect(client.messages.create(message)).rejects.toMatchObject({ status: 400, code: 21408 });
    await set(true);
    expect((await client.messages.create(message)).status).toBe("queued");
    expect((await permissions.fetch()).permissions.length).toBeGreaterThan(240);
  });
});
