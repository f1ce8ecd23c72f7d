import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import { GatewayError } from "../../core/errors.ts";
import { type AccountSid, type MessageSid, newUuid, sidOf } from "../../core/ids.ts";
import type { Database } from "../../store/database.ts";
import type { Draft } from "./draft.ts";
import { createWriter } from "./writer.ts";

const accountSid = sidOf<AccountSid>("AC", newUuid());
let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

function draftOf({ key = null as string | null, mediaUrls = [] as string[] }): Draft {
  return {
    message: {
      ...{ accountSid, sid: sidOf<MessageSid>(mediaUrls.length > 0 ? "MM" : "SM", newUuid()), mediaUrls },
      ...{ direction: "outbound-api", status: "queued", from: "+12025550100", to: "+12025550142", senderId: null },
      ...{ messagingServiceSid: null, body: "x", numSegments: 1, statusCallback: null, options: {}, dueAt: null },
      ...{ expiresAt: new Date(Date.now() + 60_000), paced: false, consentSenders: null },
    },
    idempotency: key === null ? null : { key, requestHash: Buffer.alloc(32) },
    paced: false,
  };
}

function writerOn(db: Database) {
  return createWriter({ db, clock: { nowMs: () => Date.now() }, onBatch: () => undefined });
}

/** A database that can store, but where what is read outside a transaction fails. */
function unreadable(failure: Error): Database {
  return { ...database.db, query: () => Promise.reject(failure) };
}

describe("a request whose key is taken, in a batch with others", () => {
  it.each([
    ["database-unavailable", new GatewayError("database-unavailable", "away")],
    ["internal", new Error("odd")],
  ])("fails alone with %s when its message cannot be read", async (code, failure) => {
    const key = `key of ${code}`;
    await writerOn(database.db).write(draftOf({ key }));
    const writer = writerOn(unreadable(failure));
    const media = draftOf({ mediaUrls: ["https://example.com/1.png"] });
    const [stored, keyed] = await Promise.allSettled([writer.write(media), writer.write(draftOf({ key }))]);
    expect(stored).toMatchObject({
      status: "fulfilled",
      value: { replayed: false, message: { sid: media.message.sid } },
    });
    expect(keyed).toMatchObject({ status: "rejected", reason: { code } });
  });
});
