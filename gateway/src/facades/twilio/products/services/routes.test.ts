import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../../../test/support/gateway.ts";
import { basic, type Call, callsOf } from "../../../../../test/support/twilio-call.ts";
import { uuidOf } from "../../../../core/ids.ts";

let gateway: TestGateway;
let call: Call;

beforeAll(async () => {
  gateway = await startTestGateway();
  call = callsOf(gateway.url, gateway);
});
afterAll(() => gateway.stop());

type Json = Readonly<Record<string, unknown>>;
const create = async (form: Record<string, string> = {}): Promise<Json> =>
  (await call("/v1/Services", { form: { FriendlyName: "Codes", ...form } })).json ?? {};
const path = (service: Json) => `/v1/Services/${String(service["sid"])}`;
const unknown = `/v1/Services/MG${"0".repeat(32)}`;

describe("a messaging service", () => {
  it("needs a name and nothing else: the rest has Twilio's defaults", async () => {
    const { status, json } = await call("/v1/Services", { form: { FriendlyName: "Codes" } });
    expect(status).toBe(201);
    const url = `${gateway.url}/v1/Services/${String(json?.["sid"])}`;
    expect(json).toEqual({
      account_sid: gateway.accountSid,
      sid: expect.stringMatching(/^MG[0-9a-f]{32}$/),
      date_created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      date_updated: json?.["date_created"],
      friendly_name: "Codes",
      inbound_request_url: null,
      inbound_method: "POST",
      fallback_url: null,
      fallback_method: "POST",
      status_callback: null,
      sticky_sender: true,
      smart_encoding: true,
      mms_converter: true,
      fallback_to_long_code: true,
      scan_message_content: "inherit",
      area_code_geomatch: true,
      validity_period: 36_000,
      synchronous_validation: false,
      usecase: "undeclared",
      us_app_to_person_registered: false,
      use_inbound_webhook_on_number: false,
      links: {
        phone_numbers: `${url}/PhoneNumbers`,
        short_codes: `${url}/ShortCodes`,
        alpha_senders: `${url}/AlphaSenders`,
        messages: `${url}/Messages`,
        us_app_to_person: `${url}/Compliance/Usa2p`,
        us_app_to_person_usecases: `${url}/Compliance/Usa2p/Usecases`,
        channel_senders: `${url}/ChannelSenders`,
        destination_alpha_senders: `${url}/DestinationAlphaSenders`,
      },
      url,
    });
  });

  it("keeps every parameter, however booleans and choices are spelt, and gives it back when fetched", async () => {
    const given = {
      FriendlyName: "ü".repeat(64),
      InboundRequestUrl: "https://app.example.com/in",
      InboundMethod: "get",
      FallbackUrl: "https://app.example.com/fallback",
      FallbackMethod: "GET",
      StatusCallback: "https://app.example.com/status",
      StickySender: "False",
      MmsConverter: "0",
      SmartEncoding: "false",
      ScanMessageContent: "Disable",
      FallbackToLongCode: "FALSE",
      AreaCodeGeomatch: "false",
      ValidityPeriod: "600",
      SynchronousValidation: "true",
      Usecase: "marketing",
      UseInboundWebhookOnNumber: "1",
    };
    const stored = {
      friendly_name: "ü".repeat(64),
      inbound_request_url: "https://app.example.com/in",
      inbound_method: "GET",
      fallback_url: "https://app.example.com/fallback",
      fallback_method: "GET",
      status_callback: "https://app.example.com/status",
      sticky_sender: false,
      mms_converter: false,
      smart_encoding: false,
      scan_message_content: "disable",
      fallback_to_long_code: false,
      area_code_geomatch: false,
      validity_period: 600,
      synchronous_validation: true,
      usecase: "marketing",
      use_inbound_webhook_on_number: true,
    };
    const made = await create(given);
    expect(made).toMatchObject(stored);
    expect((await call(path(made))).json).toEqual(made);
  });

  it("changes only what an update names; an empty URL clears it", async () => {
    const made = await create({
      StatusCallback: "https://e.com/s",
      InboundRequestUrl: "https://e.com/i",
      Usecase: "poll",
    });
    const updated = await call(path(made), { form: { StickySender: "false", StatusCallback: "" } });
    expect(updated.status).toBe(200);
    expect(updated.json).toEqual({
      ...made,
      date_updated: expect.any(String),
      sticky_sender: false,
      status_callback: null,
    });
    expect((await call(path(made), { method: "POST" })).json).toMatchObject({ sticky_sender: false, usecase: "poll" });
  });

  it("is gone after its deletion, for every method", async () => {
    const made = await create();
    const deleted = await call(path(made), { method: "DELETE" });
    expect([deleted.status, deleted.text]).toEqual([204, ""]);
    for (const answer of [
      await call(path(made)),
      await call(path(made), { form: { FriendlyName: "x" } }),
      await call(path(made), { method: "DELETE" }),
      await call(`${path(made)}/PhoneNumbers`),
      await call(`${path(made)}/AlphaSenders`, { form: { AlphaSender: "Acme" } }),
    ]) {
      expect([answer.status, answer.json?.["code"]]).toEqual([404, 20404]);
    }
    const form = { To: "+15558675310", MessagingServiceSid: String(made["sid"]), Body: "x" };
    expect((await call("/Messages.json", { form })).json).toMatchObject({ code: 21701, status: 404 });
  });

  it("leaves a row in the audit log for each change", async () => {
    const made = await create();
    await call(path(made), { form: { FriendlyName: "Renamed" } });
    await call(path(made), { method: "DELETE" });
    const rows = await gateway.db.query(
      "select actor, action, before ->> 'friendlyName' as before, after ->> 'friendlyName' as after from audit where subject = $1 order by id",
      [made["sid"]],
    );
    const actor = `auth-token ${gateway.accountSid}`;
    expect(rows).toEqual([
      { actor, action: "messaging-service.created", before: null, after: "Codes" },
      { actor, action: "messaging-service.updated", before: "Codes", after: "Renamed" },
      { actor, action: "messaging-service.deleted", before: "Renamed", after: null },
    ]);
  });

  it.each([
    [{}, "Missing required parameter FriendlyName in the post body"],
    [{ FriendlyName: "" }, "Missing required parameter FriendlyName in the post body"],
    [{ FriendlyName: "x".repeat(65) }, /^Invalid FriendlyName/],
    [{ FriendlyName: "x", ValidityPeriod: "0" }, /^Invalid ValidityPeriod/],
    [{ FriendlyName: "x", ValidityPeriod: "36001" }, /^Invalid ValidityPeriod/],
    [{ FriendlyName: "x", ValidityPeriod: "1.5" }, /^Invalid ValidityPeriod/],
    [{ FriendlyName: "x", StickySender: "maybe" }, /^Invalid StickySender/],
    [{ FriendlyName: "x", InboundMethod: "PUT" }, /^Invalid InboundMethod/],
    [{ FriendlyName: "x", InboundRequestUrl: "ftp://e.com" }, /^Invalid InboundRequestUrl/],
    [{ FriendlyName: "x", StatusCallback: `https://e.com/${"x".repeat(4000)}` }, /^Invalid StatusCallback/],
    [{ FriendlyName: "x", ScanMessageContent: "sometimes" }, /^Invalid ScanMessageContent/],
    [{ FriendlyName: "x", Usecase: "spam" }, /^Invalid Usecase/],
  ])("is refused with 20001 and nothing is stored: %j", async (form, message) => {
    const count = async () => (await gateway.db.query("select 1 from messaging_services")).length;
    const before = await count();
    const { status, json } = await call("/v1/Services", { form, method: "POST" });
    expect([status, json?.["code"]]).toEqual([400, 20001]);
    expect(json?.["message"]).toEqual(expect.stringMatching(message));
    expect(await count()).toBe(before);
  });

  it("has use cases to choose from", async () => {
    const { usecases } = (await call("/v1/Services/Usecases")).json as { usecases: { usecase: string }[] };
    expect(usecases.map(({ usecase }) => usecase)).toContain("verification");
    for (const { usecase } of usecases) expect(await create({ Usecase: usecase })).toMatchObject({ usecase });
  });
});

interface List {
  readonly meta: Readonly<Record<string, string | number | null>>;
  readonly services: readonly Json[];
}

describe("the list", () => {
  it("is paged in both directions by absolute URLs, newest first", async () => {
    const account = await gateway.addAccount();
    const own = callsOf(gateway.url, account);
    const sids = [account.serviceSid as string];
    for (const FriendlyName of ["b", "c", "d", "e"]) {
      sids.unshift(String((await own("/v1/Services", { form: { FriendlyName } })).json?.["sid"]));
    }
    const get = async (url: unknown): Promise<List> => {
      expect(String(url).startsWith(`${gateway.url}/v1/Services?`)).toBe(true);
      return (await own(String(url).slice(gateway.url.length))).json as unknown as List;
    };
    const sidsOf = (list: List) => list.services.map((service) => service["sid"]);
    const first = await get(`${gateway.url}/v1/Services?PageSize=2`);
    expect(first.meta).toEqual({
      key: "services",
      page: 0,
      page_size: 2,
      url: `${gateway.url}/v1/Services?PageSize=2&Page=0`,
      first_page_url: `${gateway.url}/v1/Services?PageSize=2&Page=0`,
      next_page_url: `${gateway.url}/v1/Services?PageSize=2&Page=1&PageToken=PA${sids[1]}`,
      previous_page_url: null,
    });
    const second = await get(first.meta["next_page_url"]);
    const third = await get(second.meta["next_page_url"]);
    expect([sidsOf(first), sidsOf(second), sidsOf(third)]).toEqual([sids.slice(0, 2), sids.slice(2, 4), sids.slice(4)]);
    expect(third.meta).toMatchObject({ page: 2, next_page_url: null });
    const back = await get(third.meta["previous_page_url"]);
    expect(sidsOf(back)).toEqual(sids.slice(2, 4));
    const start = await get(back.meta["previous_page_url"]);
    expect(sidsOf(start)).toEqual(sids.slice(0, 2));
    expect(start.meta).toMatchObject({ page: 0, previous_page_url: null });
    expect(sidsOf(await get(first.meta["first_page_url"]))).toEqual(sids.slice(0, 2));
  });

  it("names the origin that the caller used", async () => {
    const { port } = new URL(gateway.url);
    const response = await fetch(`http://localhost:${port}/v1/Services`, {
      headers: { authorization: basic(gateway.accountSid, gateway.authToken) },
    });
    const { meta } = (await response.json()) as List;
    expect(meta["url"]).toBe(`http://localhost:${port}/v1/Services?PageSize=50&Page=0`);
  });

  it.each([
    ["PageSize=1001", 20007],
    ["PageSize=0", 20001],
    [`PageToken=PAPN${"0".repeat(32)}`, 21481],
    ["PageToken=x", 21481],
  ])("refuses %s with %i", async (query, code) => {
    expect((await call(`/v1/Services?${query}`)).json).toMatchObject({ code, status: 400 });
  });
});

describe("the product APIs", () => {
  it("ask for credentials before anything else, and take API keys", async () => {
    for (const [target, method] of [
      ["/v1/Services", "GET"],
      ["/v1/Services", "PUT"],
      ["/v1/Nonsense", "GET"],
    ] as const) {
      const refused = await call(target, { authorization: null, method });
      expect([refused.status, refused.json?.["code"]]).toEqual([401, 20003]);
    }
    const authorization = basic(gateway.apiKey.sid, gateway.apiKey.secret);
    expect((await call("/v1/Services", { authorization })).status).toBe(200);
  });

  it("show a viewer everything and let them change nothing", async () => {
    const authorization = `Bearer ${gateway.viewerKey}`;
    const made = await create();
    expect((await call(path(made), { authorization })).status).toBe(200);
    for (const refused of [
      await call("/v1/Services", { authorization, form: { FriendlyName: "x" } }),
      await call(path(made), { authorization, form: { FriendlyName: "x" } }),
      await call(path(made), { authorization, method: "DELETE" }),
      await call(`${path(made)}/AlphaSenders`, { authorization, form: { AlphaSender: "Acme" } }),
    ]) {
      expect(refused.json).toMatchObject({ code: 20006, status: 403 });
    }
  });

  it("know nothing of another account's services: 404, and nothing changes", async () => {
    const other = await gateway.addAccount();
    const theirs = `/v1/Services/${other.serviceSid}`;
    const child = await gateway.addAccount(gateway.accountSid);
    for (const target of [theirs, `/v1/Services/${child.serviceSid}`]) {
      for (const answer of [
        await call(target),
        await call(target, { form: { FriendlyName: "mine" } }),
        await call(target, { method: "DELETE" }),
      ]) {
        expect([answer.status, answer.json?.["code"]]).toEqual([404, 20404]);
      }
    }
    const [row] = await gateway.db.query("select friendly_name, deleted_at from messaging_services where id = $1", [
      uuidOf(other.serviceSid),
    ]);
    expect(row).toEqual({ friendly_name: "Pool", deleted_at: null });
  });

  it.each([
    [unknown, `/Services/MG${"0".repeat(32)}`],
    ["/v1/Services/MG1", "/Services/MG1"],
    [`/v1/Services/${"x".repeat(5000)}`, `/Services/${"x".repeat(5000)}`],
    ["/v1/Services/", "/Services/"],
    ["/v1/Services.json", "/Services.json"],
    ["/v1/Nonsense", "/Nonsense"],
    ["/v1/Services/%ZZ", "/Services/%25ZZ"],
  ])("answer 404 at %s, with the path but without its version", async (target, named) => {
    const { status, json } = await call(target);
    expect([status, json]).toEqual([
      404,
      {
        code: 20404,
        message: `The requested resource ${named} was not found`,
        more_info: "https://www.twilio.com/docs/errors/20404",
        status: 404,
      },
    ]);
  });

  it("answer 405 for a method that a path does not have", async () => {
    for (const [method, target] of [
      ["PUT", "/v1/Services"],
      ["DELETE", "/v1/Services"],
      ["PATCH", unknown],
      ["POST", "/v1/Services/Usecases"],
      ["POST", `${unknown}/PhoneNumbers/PN${"0".repeat(32)}`],
    ] as const) {
      expect((await call(target, { method })).json).toMatchObject({ code: 20004, status: 405 });
    }
  });

  it("have the headers of every answer, and let browsers in", async () => {
    const { headers } = await call("/v1/Services");
    expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(headers.get("twilio-request-id")).toMatch(/^RQ[0-9a-f]{32}$/);
    expect(headers.get("twilio-concurrent-requests")).toBe("1");
    expect(headers.get("access-control-allow-origin")).toBe("*");
    const preflight = await call("/v1/Services", { method: "OPTIONS", authorization: null });
    expect([preflight.status, preflight.headers.get("access-control-allow-methods")]).toEqual([
      204,
      "GET, POST, PUT, PATCH, DELETE, OPTIONS",
    ]);
  });
});
