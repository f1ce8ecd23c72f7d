import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../../../test/support/gateway.ts";
import { type Call, callsOf } from "../../../../../test/support/twilio-call.ts";
import { uuidOf } from "../../../../core/ids.ts";

let gateway: TestGateway;
let call: Call;

beforeAll(async () => {
  gateway = await startTestGateway();
  call = callsOf(gateway.url, gateway);
});
afterAll(() => gateway.stop());

const good = () => ({
  contact_id: "+19999999999",
  correlation_id: "c".repeat(32),
  sender_id: "+12025550100",
  status: "opt-out",
  source: "website",
});

describe("whatever is sent in bulk", () => {
  it("is answered item by item or refused as a whole, and only good items are stored", async () => {
    const key = fc.constantFrom(
      "contact_id",
      "correlation_id",
      "sender_id",
      "status",
      "source",
      "date_of_consent",
      "__proto__",
    );
    const value = fc.oneof(
      fc.constantFrom("+12025550123", "+19", "opt-in", "opt-out", "website", "22395", "2025-01-01T00:00:00Z", "\u0000"),
      fc.jsonValue(),
    );
    const item = fc.oneof(
      fc.tuple(key, value).map(([name, each]) => JSON.stringify({ ...good(), [name]: each })),
      fc.dictionary(key, value).map((each) => JSON.stringify(each)),
      fc.string({ unit: "binary", maxLength: 20 }).map((text) => text.toWellFormed().replaceAll("\0", "")),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(item, { maxLength: 5 }), async (items) => {
        const { status, text, json } = await call("/v1/Consents/Bulk", { form: { Items: items } });
        expect([201, 400], text).toContain(status);
        if (status === 201) expect(json?.["items"]).toHaveLength(items.length);
      }),
      { numRuns: 80 },
    );
    const stored = await gateway.db.query<{ contact: string; sender: string }>(
      "select contact, sender from consents where account_id = $1",
      [uuidOf(gateway.accountSid)],
    );
    for (const { contact, sender } of stored) {
      expect(contact).toMatch(/^\+[1-9]\d{6,14}$/);
      expect(sender).toMatch(/^(\+[1-9]\d{6,14}|\d{3,8}|MG[0-9a-f]{32})$/);
    }
  });
});
