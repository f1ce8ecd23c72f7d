import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../../test/support/gateway.ts";
import { type Call, callsOf } from "../../../../test/support/twilio-call.ts";

let gateway: TestGateway;
let call: Call;
let from: string;
const to = "+15558675310";

beforeAll(async () => {
  gateway = await startTestGateway();
  call = callsOf(gateway.url, gateway);
  from = gateway.numbers[0];
});
afterAll(() => gateway.stop());

const create = (form: Record<string, string | string[]>, headers: Record<string, string> = {}) =>
  call("/Messages.json", { form, headers });

describe("create", () => {
  it("answers 201 with the whole resource, nulls explicit", async () => {
    const { status, json } = await create({ To: to, From: from, Body: "Héllo & 100% +1" });
    expect(status).toBe(201);
    const path = `/2010-04-01/Accounts/${gateway.accountSid}/Messages/${String(json?.["sid"])}`;
    expect(json).toEqual({
      account_sid: gateway.accountSid,
      api_version: "2010-04-01",
      body: "Héllo & 100% +1",
      date_created: expect.stringMatching(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/),
      date_sent: null,
      date_updated: json?.["date_created"],
      direction: "outbound-api",
      error_code: null,
      error_message: null,
      from,
      messaging_service_sid: null,
      num_media: "0",
      num_segments: "1",
      price: null,
      price_unit: null,
      sid: expect.stringMatching(/^SM[0-9a-f]{32}$/),
      status: "queued",
      subresource_uris: { media: `${path}/Media.json` },
      to,
      uri: `${path}.json`,
    });
  });

  it("has stored the message when it answers", async () => {
    const { json } = await create({ To: to, From: from, Body: "stored" });
    const fetched = await call(`/Messages/${String(json?.["sid"])}.json`);
    expect(fetched.status).toBe(200);
    expect(fetched.json).toMatchObject({ body: "stored", subresource_uris: { feedback: expect.any(String) } });
  });

  it("accepts with a service: no sender and no segments yet", async () => {
    const { json } = await create({ To: to, MessagingServiceSid: gateway.serviceSid, Body: "x" });
    expect(json).toMatchObject({
      status: "accepted",
      from: null,
      messaging_service_sid: gateway.serviceSid,
      num_segments: "0",
    });
  });

  it("gives a message with media an MM SID and counts them", async () => {
    const { json } = await create({ To: to, From: from, MediaUrl: ["https://e.com/1.png", "https://e.com/2.png"] });
    expect(json).toMatchObject({ sid: expect.stringMatching(/^MM/), num_media: "2", body: "" });
  });

  it("takes the first of repeated parameters, ignores unknown ones, and reads a + that was not encoded", async () => {
    const body = `To=${to}&To=+15550000000&From=${from}&Body=a&Nonsense=1&constructor=2&__proto__=3`;
    const { status, json } = await call("/Messages.json", {
      body,
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect([status, json?.["to"], json?.["body"]]).toEqual([201, to, "a"]);
  });

  it.each([
    [{ From: "+12025550100", Body: "x" }, 400, 21604, "A 'To' phone number is required."],
    [{ To: to, Body: "x" }, 400, 21603, "A 'From' phone number is required."],
    [{ To: to, From: "+12025550100", Body: "" }, 400, 21602, "Message body is required."],
    [{ To: to, From: "+12025550100" }, 400, 21619, "A text message body or media urls must be specified."],
    [{ To: "abc", From: "+12025550100", Body: "x" }, 400, 21211, "The 'To' number abc is not a valid phone number."],
    [
      { To: to, From: "+12025550199", Body: "x" },
      400,
      21606,
      "The From phone number +12025550199 is not a valid, SMS-capable inbound phone number or short code for your account.",
    ],
    [
      { To: to, From: "+12025550100", Body: "x".repeat(1601) },
      400,
      21617,
      "The concatenated message body exceeds the 1600 character limit.",
    ],
    [
      { To: "+12025550100", From: "+12025550100", Body: "x" },
      400,
      21266,
      "'To' and 'From' number cannot be the same: +12025550100",
    ],
    [
      { To: "whatsapp:+15558675310", From: "+12025550100", Body: "x" },
      400,
      21910,
      "Invalid From and To pair. From and To should be of the same channel",
    ],
    [{ To: to, From: "+12025550100", Body: "x", ContentVariables: "{}" }, 400, 21654, "ContentSid is required"],
    [{ To: to, From: "+12025550100", Body: "x", ContentSid: "HX1" }, 400, 21655, "The ContentSid is invalid"],
    [
      { To: to, From: "+12025550100", Body: "x", RiskCheck: "no" },
      400,
      20001,
      "'RiskCheck' is one of enable, disable.",
    ],
    [
      { To: to, MessagingServiceSid: `MG${"0".repeat(32)}`, Body: "x" },
      404,
      21701,
      "The Messaging Service does not exist",
    ],
  ])("refuses %o with Twilio's own words", async (form, status, code, message) => {
    const answer = await create(form);
    const moreInfo = `https://www.twilio.com/docs/errors/${code}`;
    expect(answer.json).toEqual({ code, message, more_info: moreInfo, status });
    expect(answer.status).toBe(status);
  });

  it.each(["application/json", "multipart/form-data; boundary=x", "text/plain", ""])(
    "finds no parameters in a body of type %j",
    async (type) => {
      const body = new TextEncoder().encode(JSON.stringify({ To: to, From: from, Body: "x" }));
      const { status, json } = await call("/Messages.json", {
        body,
        headers: type === "" ? {} : { "content-type": type },
      });
      expect([status, json?.["code"]]).toEqual([400, 21604]);
    },
  );

  it("refuses a content type that is none with 415", async () => {
    const { status, json } = await call("/Messages.json", { body: "To=1", headers: { "content-type": "nonsense" } });
    expect([status, json?.["code"]]).toEqual([415, 20001]);
  });

  it.each(["To=%zz", "To=%FF", "Body=a%00b", "To=1&Body=100%"])("refuses the broken form %j", async (body) => {
    const { status, json } = await call("/Messages.json", {
      body,
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect([status, json?.["code"]]).toEqual([400, 20001]);
  });

  it.each(["\\ud800", "\\u0000"])("refuses %s in Tags, and takes what comes together with it", async (text) => {
    const wrong = create({ To: to, From: from, Body: "x", Tags: `{"a":"${text}"}` });
    const right = create({ To: to, From: from, Body: "x", Tags: '{"a":"b"}' });
    expect((await Promise.all([wrong, right])).map(({ status }) => status)).toEqual([400, 201]);
  });

  it("refuses 10 MB with 413 in Twilio's shape", async () => {
    const answer = await create({ To: to, From: from, Body: "x".repeat(10_000_000) });
    expect(answer.json).toMatchObject({ code: 20001, status: 413, more_info: expect.any(String) });
    expect(answer.status).toBe(413);
  });

  it("answers in XML without .json", async () => {
    const { status, headers, text } = await call("/Messages", { form: { To: to, From: from, Body: "<x>" } });
    expect([status, headers.get("content-type")]).toEqual([201, "application/xml"]);
    expect(text).toMatch(/^<\?xml version='1.0' encoding='UTF-8'\?><TwilioResponse><Message>/);
    expect(text).toContain("<Body>&lt;x&gt;</Body>");
  });
});

describe("create with Idempotency-Key", () => {
  const form = () => ({ To: to, From: from, Body: "once" });

  it("gives the same message again, marked", async () => {
    const headers = { "idempotency-key": "order-1" };
    const [one, two] = [await create(form(), headers), await create(form(), headers)];
    expect([one.status, two.status]).toEqual([201, 201]);
    expect(two.json).toEqual(one.json);
    expect([one.headers.get("idempotent-replayed"), two.headers.get("idempotent-replayed")]).toEqual([null, "true"]);
  });

  it("makes one message of requests that arrive together", async () => {
    const headers = { "idempotency-key": "order-2" };
    const answers = await Promise.all(Array.from({ length: 8 }, () => create(form(), headers)));
    expect(answers.map((answer) => answer.status)).toEqual(Array(8).fill(201));
    expect(new Set(answers.map((answer) => answer.json?.["sid"])).size).toBe(1);
    expect(answers.filter((answer) => answer.headers.get("idempotent-replayed") === null)).toHaveLength(1);
  });

  it("refuses another request with the same key", async () => {
    const headers = { "idempotency-key": "order-3" };
    await create(form(), headers);
    const { status, json } = await create({ ...form(), Body: "other" }, headers);
    expect([status, json?.["code"]]).toEqual([409, 20409]);
  });

  it.each(["", " ", "a b", "x".repeat(256), "é"])("refuses the key %j", async (key) => {
    const headers = { "idempotency-key": Buffer.from(key, "utf8").toString("latin1") };
    const { status, json } = await create(form(), headers);
    expect([status, json?.["code"]]).toEqual([400, 20001]);
  });

  it("keeps the keys of accounts apart", async () => {
    const other = await gateway.addAccount();
    const headers = { "idempotency-key": "order-4" };
    const [mine, theirs] = [
      await create(form(), headers),
      await callsOf(gateway.url, other)("/Messages.json", { form: form(), headers }),
    ];
    expect(theirs.status).toBe(201);
    expect(theirs.json?.["sid"]).not.toBe(mine.json?.["sid"]);
  });
});
