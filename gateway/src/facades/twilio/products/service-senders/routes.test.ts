import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../../../test/support/gateway.ts";
import { type Call, callsOf } from "../../../../../test/support/twilio-call.ts";
import { newUuid, sidOf, uuidOf } from "../../../../core/ids.ts";
import { poolSizeMax } from "../../../../services/sender-pools.ts";
import { findSenderByAddress, insertSender } from "../../../../store/senders.ts";

let gateway: TestGateway;
let call: Call;
let providerId: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  call = callsOf(gateway.url, gateway);
  providerId = (await senderAt(gateway.numbers[0])).providerId;
});
afterAll(() => gateway.stop());

async function senderAt(address: string) {
  const sender = await findSenderByAddress(gateway.db, gateway.accountSid, address);
  if (sender === null) throw new Error(`no sender ${address}`);
  return sender;
}

let added = 0;
/** A new sender of the account; resolves to its SID. */
async function addSender(kind: "number" | "short_code" = "number"): Promise<string> {
  const id = newUuid();
  added += 1;
  const address = kind === "number" ? `+1202555${String(2000 + added)}` : String(20_000 + added);
  const { accountSid } = gateway;
  const provider = (await senderAt(gateway.numbers[0])).providerId;
  await insertSender(gateway.db, { id, accountSid, kind, address, providerId: provider, friendlyName: address });
  return sidOf(kind === "number" ? "PN" : "SC", id);
}

async function makeService(): Promise<string> {
  const { json } = await call("/v1/Services", { form: { FriendlyName: "Pool" } });
  return `/v1/Services/${String(json?.["sid"])}`;
}

type Json = Readonly<Record<string, unknown>>;
const codeOf = ({ status, json }: { status: number; json: Json | null }) => [status, json?.["code"]];

describe.each([
  ["PhoneNumbers", "PhoneNumberSid", "number", "phone_numbers", "PN"],
  ["ShortCodes", "ShortCodeSid", "short_code", "short_codes", "SC"],
] as const)("%s of a service", (collection, parameter, kind, key, prefix) => {
  const add = (service: string, sid: string) => call(`${service}/${collection}`, { form: { [parameter]: sid } });

  it("are added, fetched, listed and taken out under the sender's own SID", async () => {
    const [service, sid] = [await makeService(), await addSender(kind)];
    const made = await add(service, sid);
    expect(made.status, made.text).toBe(201);
    expect(made.json).toMatchObject({
      sid,
      account_sid: gateway.accountSid,
      service_sid: service.slice(-34),
      url: `${gateway.url}${service}/${collection}/${sid}`,
      ...(kind === "number"
        ? { phone_number: expect.stringMatching(/^\+1/), country_code: "US", capabilities: ["MMS", "SMS"] }
        : { short_code: expect.stringMatching(/^\d+$/), capabilities: ["SMS"] }),
    });
    expect((await call(`${service}/${collection}/${sid}`)).json).toEqual(made.json);
    expect((await call(`${service}/${collection}`)).json).toMatchObject({ meta: { key }, [key]: [made.json] });
    expect((await call(`${service}/${collection}/${sid}`, { method: "DELETE" })).status).toBe(204);
    expect((await call(`${service}/${collection}`)).json).toMatchObject({ [key]: [] });
    expect(codeOf(await call(`${service}/${collection}/${sid}`))).toEqual([404, 20404]);
    expect(codeOf(await call(`${service}/${collection}/${sid}`, { method: "DELETE" }))).toEqual([404, 20404]);
    expect((await add(service, sid)).status).toBe(201);
  });

  it("are in one service at most", async () => {
    const [one, other, sid] = [await makeService(), await makeService(), await addSender(kind)];
    await add(one, sid);
    expect(codeOf(await add(one, sid))).toEqual([409, 21710]);
    expect(codeOf(await add(other, sid))).toEqual([400, 21712]);
    expect(codeOf(await call(`${other}/${collection}/${sid}`, { method: "DELETE" }))).toEqual([404, 20404]);
    await call(one, { method: "DELETE" });
    expect((await add(other, sid)).status).toBe(201);
  });

  it("of services that ask for the same one at once go to one of them", async () => {
    const sid = await addSender(kind);
    const services = await Promise.all([makeService(), makeService(), makeService()]);
    const answers = await Promise.all([...services, ...services].map((service) => add(service, sid)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 400, 409]));
  });

  it("must be the account's own, and of this kind", async () => {
    const [service, own] = [await makeService(), await addSender(kind === "number" ? "short_code" : "number")];
    const other = await gateway.addAccount();
    const [theirs] = await gateway.db.query<{ id: string }>("select id from senders where account_id = $1", [
      uuidOf(other.accountSid),
    ]);
    expect(codeOf(await add(service, sidOf(prefix, theirs?.id ?? "")))).toEqual([404, 20404]);
    expect(codeOf(await add(service, sidOf(prefix, newUuid())))).toEqual([404, 20404]);
    expect(codeOf(await add(service, prefix + own.slice(2)))).toEqual([404, 20404]);
    expect(codeOf(await add(service, own))).toEqual([400, 20001]);
    expect(codeOf(await add(service, "x"))).toEqual([400, 20001]);
    expect((await call(`${service}/${collection}`, { method: "POST" })).json).toMatchObject({
      code: 20001,
      message: `Missing required parameter ${parameter} in the post body`,
    });
    const theirService = `/v1/Services/${other.serviceSid}`;
    expect(codeOf(await add(theirService, await addSender(kind)))).toEqual([404, 20404]);
    expect(codeOf(await call(`${theirService}/${collection}`))).toEqual([404, 20404]);
  });

  it("are paged in both directions", async () => {
    const service = await makeService();
    const sids: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      const sid = await addSender(kind);
      await add(service, sid);
      sids.unshift(sid);
    }
    const get = async (url: string) => (await call(url.replace(gateway.url, ""))).json as Record<string, Json & Json[]>;
    const sidsOf = (page: Record<string, Json & Json[]>) => page[key]?.map((item) => item["sid"]);
    const first = await get(`${service}/${collection}?PageSize=2`);
    const second = await get(String(first["meta"]?.["next_page_url"]));
    expect([sidsOf(first), sidsOf(second)]).toEqual([sids.slice(0, 2), sids.slice(2)]);
    expect(sidsOf(await get(String(second["meta"]?.["previous_page_url"])))).toEqual(sids.slice(0, 2));
  });
});

describe("alphanumeric senders of a service", () => {
  const add = (service: string, AlphaSender: string, more: Record<string, string> = {}) =>
    call(`${service}/${more["IsoCountryCode"] === undefined ? "" : "Destination"}AlphaSenders`, {
      form: { AlphaSender, ...more },
    });

  it("are made as senders on the active provider, may be in several services, and stay the account's", async () => {
    const [one, other] = [await makeService(), await makeService()];
    const made = await add(one, "Acme Inc");
    expect(made.status, made.text).toBe(201);
    const sid = String(made.json?.["sid"]);
    expect(made.json).toEqual({
      sid: expect.stringMatching(/^AI[0-9a-f]{32}$/),
      account_sid: gateway.accountSid,
      service_sid: one.slice(-34),
      date_created: expect.any(String),
      date_updated: made.json?.["date_created"],
      alpha_sender: "Acme Inc",
      capabilities: ["SMS"],
      url: `${gateway.url}${one}/AlphaSenders/${sid}`,
    });
    expect(await senderAt("Acme Inc")).toMatchObject({ kind: "alphanumeric", providerId, messagingServiceSid: null });
    expect((await add(other, "Acme Inc")).status).toBe(201);
    expect(codeOf(await add(one, "Acme Inc"))).toEqual([409, 21710]);
    expect((await call(`${one}/AlphaSenders/${sid}`)).json).toEqual(made.json);
    expect(codeOf(await call(`${other}/AlphaSenders/${sid}`))).toEqual([404, 20404]);
    expect((await call(`${one}/AlphaSenders/${sid}`, { method: "DELETE" })).status).toBe(204);
    expect((await call(`${one}/AlphaSenders`)).json).toMatchObject({
      meta: { key: "alpha_senders" },
      alpha_senders: [],
    });
    expect((await call(`${other}/AlphaSenders`)).json?.["alpha_senders"]).toHaveLength(1);
    await senderAt("Acme Inc");
  });

  it("can be for single countries", async () => {
    const service = await makeService();
    const everywhere = await add(service, "Acme");
    const france = await add(service, "Acme", { IsoCountryCode: "fr" });
    expect(france.json).toMatchObject({ alpha_sender: "Acme", iso_country_code: "FR" });
    expect(codeOf(await add(service, "Acme", { IsoCountryCode: "FR" }))).toEqual([409, 21710]);
    const lists = async (query: string) =>
      (await call(`${service}/${query}`)).json as { meta: Json; alpha_senders: Json[] };
    const both = await lists("DestinationAlphaSenders");
    expect(both.alpha_senders.map((entry) => entry["iso_country_code"])).toEqual(["FR", ""]);
    const filtered = await lists("DestinationAlphaSenders?IsoCountryCode=FR");
    expect(filtered.alpha_senders).toEqual([france.json]);
    expect(filtered.meta["url"]).toContain("/DestinationAlphaSenders?IsoCountryCode=FR&PageSize=50&Page=0");
    expect((await lists("AlphaSenders")).alpha_senders).toEqual([everywhere.json]);
    const sid = String(france.json?.["sid"]);
    expect(codeOf(await call(`${service}/AlphaSenders/${sid}`))).toEqual([404, 20404]);
    expect((await call(`${service}/DestinationAlphaSenders/${sid}`)).json).toEqual(france.json);
    expect((await call(`${service}/DestinationAlphaSenders/${sid}`, { method: "DELETE" })).status).toBe(204);
  });

  it.each([
    ["12345", {}, 21709],
    ["x".repeat(12), {}, 21709],
    ["+12025550100", {}, 21709],
    ["Größe", {}, 21709],
    ["Acme", { IsoCountryCode: "US" }, 21709],
    ["Acme", { IsoCountryCode: "ZZ" }, 20001],
    ["Acme", { IsoCountryCode: "FRA" }, 20001],
    ["", {}, 20001],
  ])("refuse %j %j with %i", async (name, more, code) => {
    expect(codeOf(await add(await makeService(), name, more))).toEqual([400, code]);
  });

  it("show and give nothing to another account", async () => {
    const service = await makeService();
    const { json } = await add(service, "Acme");
    const stranger = callsOf(gateway.url, await gateway.addAccount());
    const entry = `${service}/AlphaSenders/${String(json?.["sid"])}`;
    for (const answer of [
      await stranger(`${service}/AlphaSenders`),
      await stranger(`${service}/AlphaSenders`, { form: { AlphaSender: "Mine" } }),
      await stranger(entry),
      await stranger(entry, { method: "DELETE" }),
    ]) {
      expect(codeOf(answer)).toEqual([404, 20404]);
    }
    expect((await call(entry)).status).toBe(200);
  });
});

describe("channel senders of a service", () => {
  it("do not exist", async () => {
    const service = await makeService();
    const sid = `XE${"0".repeat(32)}`;
    expect((await call(`${service}/ChannelSenders`)).json).toMatchObject({ meta: { key: "senders" }, senders: [] });
    expect(codeOf(await call(`${service}/ChannelSenders`, { form: { Sid: sid } }))).toEqual([404, 20404]);
    expect(codeOf(await call(`${service}/ChannelSenders`, { method: "POST" }))).toEqual([400, 20001]);
    expect(codeOf(await call(`${service}/ChannelSenders/${sid}`))).toEqual([404, 20404]);
    expect(codeOf(await call(`${service}/ChannelSenders/${sid}`, { method: "DELETE" }))).toEqual([404, 20404]);
  });
});

describe("a pool", () => {
  it("has a limit", async () => {
    const service = await makeService();
    await gateway.db.query(
      `insert into senders (account_id, id, kind, address, provider_id, friendly_name, messaging_service_id)
       select $1, gen_random_uuid(), 'number', '+1303555' || lpad(n::text, 4, '0'), $2, 'n', $3
       from generate_series(1, $4::integer) n`,
      [uuidOf(gateway.accountSid), providerId, uuidOf(service.slice(-34)), poolSizeMax],
    );
    const form = { PhoneNumberSid: await addSender() };
    expect(codeOf(await call(`${service}/PhoneNumbers`, { form }))).toEqual([400, 21714]);
    expect(codeOf(await call(`${service}/AlphaSenders`, { form: { AlphaSender: "Acme" } }))).toEqual([400, 21714]);
  });

  it("leaves a row in the audit log for whoever joins and leaves", async () => {
    const [service, sid] = [await makeService(), await addSender()];
    await call(`${service}/PhoneNumbers`, { form: { PhoneNumberSid: sid } });
    await call(`${service}/PhoneNumbers/${sid}`, { method: "DELETE" });
    const rows = await gateway.db.query(
      "select action, after ->> 'sender' as sender from audit where subject = $1 order by id",
      [service.slice(-34)],
    );
    expect(rows.slice(1)).toEqual([
      { action: "messaging-service.sender-added", sender: sid },
      { action: "messaging-service.sender-removed", sender: sid },
    ]);
  });
});
