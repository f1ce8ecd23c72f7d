import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../../../test/support/gateway.ts";
import { type Call, callsOf } from "../../../../../test/support/twilio-call.ts";
import { type AccountSid, uuidOf } from "../../../../core/ids.ts";

let gateway: TestGateway;
let call: Call;

beforeAll(async () => {
  gateway = await startTestGateway();
  call = callsOf(gateway.url, gateway);
});
afterAll(() => gateway.stop());

let made = 0;
function item(parts: object = {}) {
  made += 1;
  const correlation_id = String(made).padStart(32, "h");
  return { contact_id: "+19999999999", correlation_id, country_iso_code: "US", zip_code: "12345", ...parts };
}
const post = (items: readonly unknown[], by: Call = call) =>
  by("/v1/Contacts/Bulk", { form: { Items: items.map((each) => JSON.stringify(each)) } });

const stored = (contact: string, accountSid: AccountSid = gateway.accountSid) =>
  gateway.db.query("select country, postal_code from contacts where account_id = $1 and contact = $2", [
    uuidOf(accountSid),
    contact,
  ]);

describe("bulk contacts", () => {
  it("are answered as in Twilio's example, and those that are good are kept", async () => {
    const items = [
      item({ correlation_id: "ad388b5a46b33b874b0d41f7226db2eh" }),
      item({ contact_id: "+19", correlation_id: "02520cfa6c432f0e3ec3a38c122d428a" }),
    ];
    const { status, json } = await post(items);
    expect(status).toBe(201);
    expect(json).toEqual({
      items: [
        { correlation_id: "ad388b5a46b33b874b0d41f7226db2eh", error_code: 0, error_messages: [] },
        {
          correlation_id: "02520cfa6c432f0e3ec3a38c122d428a",
          error_code: 30647,
          error_messages: ["INVALID_CONTACT_ID"],
        },
      ],
    });
    expect(await stored("+19999999999")).toEqual([{ country: "US", postal_code: "12345" }]);
  });

  it("tell of every check that an item fails", async () => {
    const error_messages = [
      "INVALID_CONTACT_ID",
      "INVALID_CORRELATION_ID",
      "INVALID_COUNTRY_ISO_CODE",
      "INVALID_ZIP_CODE",
    ];
    expect((await post([{}])).json).toEqual({
      items: [{ correlation_id: null, error_code: 30647, error_messages }],
    });
  });

  it.each([
    ["INVALID_COUNTRY_ISO_CODE", { country_iso_code: "us" }],
    ["INVALID_COUNTRY_ISO_CODE", { country_iso_code: "ZZ" }],
    ["INVALID_COUNTRY_ISO_CODE", { country_iso_code: "USA" }],
    ["INVALID_ZIP_CODE", { zip_code: "1234" }],
    ["INVALID_ZIP_CODE", { zip_code: 12_345 }],
    ["INVALID_ZIP_CODE", { country_iso_code: "GB", zip_code: "" }],
    ["INVALID_ZIP_CODE", { country_iso_code: "GB", zip_code: "<script>" }],
    [null, { zip_code: "12345-6789" }],
    [null, { country_iso_code: "GB", zip_code: "SW1A 1AA" }],
    [null, { country_iso_code: "AQ", zip_code: "7151" }],
  ])("are checked: %s for %o", async (problem, parts) => {
    const { json } = await post([item(parts)]);
    expect(json).toMatchObject({ items: [{ error_messages: problem === null ? [] : [problem] }] });
  });

  it("change when they are given anew, with one audit row for each change, in the caller's account alone", async () => {
    const contact_id = "+12025550123";
    const other = await gateway.addAccount();
    for (const zip_code of ["20001", "20001", "10001"]) await post([item({ contact_id, zip_code })]);
    expect(await stored(contact_id)).toEqual([{ country: "US", postal_code: "10001" }]);
    expect(await stored(contact_id, other.accountSid)).toEqual([]);
    const audit = await gateway.db.query("select after from audit where account_id = $1 and subject = $2", [
      uuidOf(gateway.accountSid),
      contact_id,
    ]);
    expect(audit).toHaveLength(2);
  });

  it("are at most 25 a request, and 100 requests a minute of an account", async () => {
    expect((await post(Array.from({ length: 26 }, () => item()))).json).toMatchObject({ code: 20001, status: 400 });
    const busy = callsOf(gateway.url, await gateway.addAccount());
    const answers = await Promise.all(Array.from({ length: 101 }, () => post([item()], busy)));
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(1);
  });

  it("say which items the database did not take, and keep the others", async () => {
    const refused = "+12025559999";
    await gateway.db.query(`create function refuse() returns trigger language plpgsql as $$
      begin raise exception 'no'; end $$`);
    await gateway.db.query(`create trigger refuse before insert on contacts for each row
      when (new.contact = '${refused}') execute function refuse()`);
    const { status, json } = await post([
      item({ contact_id: refused }),
      item({ contact_id: "+19" }),
      item({ contact_id: "+12025559998" }),
    ]);
    expect(status).toBe(201);
    expect(json).toMatchObject({
      items: [
        { error_code: 30647, error_messages: ["INTERNAL_SERVER_ERROR"] },
        { error_code: 30647, error_messages: ["INVALID_CONTACT_ID"] },
        { error_code: 0, error_messages: [] },
      ],
    });
    expect([await stored(refused), await stored("+12025559998")]).toMatchObject([[], [{ country: "US" }]]);
  });

  it("are 503 when the database is away, and nothing is stored", async () => {
    const giveBack = await gateway.cutDatabase();
    const { status, json } = await post([item(), item()]);
    expect([status, json?.["code"]]).toEqual([503, 20503]);
    await giveBack();
  });
});
