import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../../test/support/gateway.ts";
import { storeMessage } from "../../../../test/support/stored-messages.ts";
import { type Call, callsOf } from "../../../../test/support/twilio-call.ts";

interface MediaPage {
  readonly media_list: readonly { readonly sid: string; readonly uri: string }[];
  readonly next_page_uri: string | null;
  readonly previous_page_uri: string | null;
}

let gateway: TestGateway;
let call: Call;
let sid: string;
const urls = ["https://e.com/a.png", "https://e.com/b c.png", "https://e.com/c.png"];

beforeAll(async () => {
  gateway = await startTestGateway();
  call = callsOf(gateway.url, gateway);
  sid = await storeMessage(gateway.db, gateway.accountSid, { media: urls });
});
afterAll(() => gateway.stop());

const list = async (path: string) => (await call(path)).json as unknown as MediaPage;

describe("media", () => {
  it("lists a message's items in their order, in pages both ways", async () => {
    const whole = await list(`/Messages/${sid}/Media.json`);
    expect(whole.media_list).toHaveLength(3);
    const top = await list(`/Messages/${sid}/Media.json?PageSize=2`);
    const rest = await list(top.next_page_uri ?? "");
    expect([...top.media_list, ...rest.media_list]).toEqual(whole.media_list);
    expect((await list(rest.previous_page_uri ?? "")).media_list).toEqual(top.media_list);
    expect(rest.next_page_uri).toBeNull();
  });

  it("filters by DateCreated", async () => {
    const day = new Date().toISOString().slice(0, 10);
    expect((await list(`/Messages/${sid}/Media.json?DateCreated%3E=${day}`)).media_list).toHaveLength(3);
    expect((await list(`/Messages/${sid}/Media.json?DateCreated%3C=2020-01-01`)).media_list).toEqual([]);
    expect((await call(`/Messages/${sid}/Media.json?DateCreated=x`)).status).toBe(400);
  });

  it("fetches one item, and redirects to the stored file without a suffix, also without credentials", async () => {
    const [, item] = (await list(`/Messages/${sid}/Media.json`)).media_list;
    const uri = item?.uri ?? "";
    expect((await call(uri)).json).toEqual({
      account_sid: gateway.accountSid,
      content_type: "image/png",
      date_created: expect.any(String),
      date_updated: expect.any(String),
      parent_sid: sid,
      sid: item?.sid,
      uri,
    });
    for (const authorization of [undefined, null]) {
      const bytes = await call(uri.replace(".json", ""), authorization === null ? { authorization } : {});
      expect([bytes.status, bytes.headers.get("location")]).toEqual([307, "https://e.com/b%20c.png"]);
    }
    expect((await call(uri, { authorization: null })).status).toBe(401);
    expect((await call(uri.replace(".json", ""), { authorization: "Basic eDp5" })).status).toBe(401);
  });

  it("deletes one item and keeps the message and its SID", async () => {
    const mine = await storeMessage(gateway.db, gateway.accountSid, { media: urls });
    const [item] = (await list(`/Messages/${mine}/Media.json`)).media_list;
    expect((await call(item?.uri ?? "", { method: "DELETE" })).status).toBe(204);
    expect((await call(item?.uri ?? "", { method: "DELETE" })).status).toBe(404);
    expect((await list(`/Messages/${mine}/Media.json`)).media_list).toHaveLength(2);
    expect((await call(`/Messages/${mine}.json`)).status).toBe(200);
  });

  it("knows no media of another account, of no message, or under a wrong SID", async () => {
    const other = await gateway.addAccount();
    const [item] = (await list(`/Messages/${sid}/Media.json`)).media_list;
    const theirs = callsOf(gateway.url, other);
    expect((await theirs(`/Messages/${sid}/Media.json`)).status).toBe(404);
    expect((await theirs(`/Messages/${sid}/Media/${item?.sid}`, { authorization: null })).status).toBe(404);
    expect((await call(`/Messages/SM${"0".repeat(32)}/Media.json`)).status).toBe(404);
    expect((await call(`/Messages/${sid}/Media/ME${"0".repeat(32)}.json`)).status).toBe(404);
    expect((await call(`/Messages/${sid}/Media/nonsense.json`)).status).toBe(404);
  });
});
