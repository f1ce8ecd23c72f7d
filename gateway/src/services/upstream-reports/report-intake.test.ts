import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../test/support/gateway.ts";
import { startUpstreamReceiver, type UpstreamReceiver } from "../../../test/support/upstream-receiver.ts";
import { newUuid, type Uuid } from "../../core/ids.ts";

let upstream: TestGateway;
let receiver: UpstreamReceiver;

beforeAll(async () => {
  upstream = await startTestGateway();
  receiver = await startUpstreamReceiver(upstream);
});
afterAll(async () => {
  await receiver.stop();
  await upstream.stop();
});

async function reportOn(parts: { readonly carrierMessageId?: string; readonly providerId?: Uuid } = {}) {
  const { accountSid, messageSid, attempt } = await receiver.begin();
  return {
    ...{ accountSid, messageSid, attempt, status: "sent" as const, errorCode: null },
    providerId: receiver.providerId,
    carrierMessageId: "SM1",
    ...parts,
  };
}

describe("reports that come together", () => {
  it("are stored although one of them cannot be, and only that one is refused", async () => {
    const good = await Promise.all([1, 2, 3].map((n) => reportOn({ carrierMessageId: `SM${n}` })));
    const bad = await reportOn({ carrierMessageId: "\0" });
    const taken = [...good, bad].map((report) => receiver.intake.reportIntake.take(report));
    const results = await Promise.allSettled(taken);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled", "rejected"]);
    for (const { messageSid } of good) expect(await receiver.messageOf(messageSid)).toMatchObject({ status: "sent" });
    expect(await receiver.messageOf(bad.messageSid)).toMatchObject({ status: "sending" });
  });

  it("count for the attempts of their own provider only, and of messages that exist", async () => {
    const foreign = await reportOn({ providerId: newUuid() });
    const { messageSid } = foreign;
    await receiver.intake.reportIntake.take(foreign);
    expect(await receiver.messageOf(messageSid)).toMatchObject({ status: "sending" });
    const gone = await reportOn();
    await receiver.db.query("delete from messages");
    await receiver.intake.reportIntake.take(gone);
  });
});
