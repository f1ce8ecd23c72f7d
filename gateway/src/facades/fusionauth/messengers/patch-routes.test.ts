import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addAccessKey,
  type Call,
  callsWith,
  genericMessenger,
  twilioMessenger,
} from "../../../../test/support/fusionauth.ts";
import { startTestGateway, type TestGateway } from "../../../../test/support/gateway.ts";

let gateway: TestGateway;
let call: Call;

beforeAll(async () => {
  gateway = await startTestGateway();
  call = callsWith(gateway.url, await addAccessKey(gateway, gateway));
});
afterAll(() => gateway.stop());

const jsonPatch = { type: "application/json-patch+json" };
const mergePatch = { type: "application/merge-patch+json; charset=utf-8" };
const start = { fromPhoneNumber: "+1", debug: true, data: { a: [1, 2], o: { x: 1, y: 2 }, s: "v" } };

async function create(messenger: Record<string, unknown>): Promise<{ path: string; before: Record<string, unknown> }> {
  const { status, body } = await call("POST", "/api/messenger", { messenger });
  expect(status).toBe(200);
  return { path: `/api/messenger/${body.messenger.id}`, before: body.messenger };
}

const unchanging = { lastUpdateInstant: expect.any(Number) };

describe("PATCH as JSON", () => {
  const { data } = start;
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["one text", { name: "N1" }, { name: "N1" }],
    [
      "a null",
      { messagingServiceSid: "MG1", fromPhoneNumber: null },
      { messagingServiceSid: "MG1", fromPhoneNumber: undefined },
    ],
    ["debug null", { debug: null }, { debug: false }],
    ["arrays, appended", { data: { a: [2, 3] } }, { data: { ...data, a: [1, 2, 2, 3] } }],
    ["objects, deeply", { data: { o: { y: 9, z: 3 } } }, { data: { ...data, o: { x: 1, y: 9, z: 3 } } }],
    ["nulls, deeply", { data: { s: null, o: { x: null } } }, { data: { a: [1, 2], o: { y: 2 } } }],
    ["a number for an array", { data: { a: 5 } }, { data: { ...data, a: 5 } }],
    ["an array for a text", { data: { s: [1] } }, { data: { ...data, s: [1] } }],
    ["empty data", { data: {} }, {}],
    ["null data", { data: null }, { data: {} }],
    ["message types, replaced", { messageTypes: ["Voice"] }, { messageTypes: ["Voice"] }],
    ["another type, ignored", { type: "Generic" }, {}],
    [
      "what is the server's, ignored",
      { id: "f49c3b86-91fe-48f7-ae46-d166eead0166", insertInstant: 1, transport: "x" },
      {},
    ],
  ])("merges %s", async (_name, messenger, becomes) => {
    const { path, before } = await create(twilioMessenger(start));
    const { status, body } = await call("PATCH", path, { messenger });
    const expected = Object.entries({ ...before, ...becomes, ...unchanging }).filter(
      ([, value]) => value !== undefined,
    );
    expect([status, body.messenger]).toEqual([200, Object.fromEntries(expected)]);
    expect((await call("GET", path)).body).toEqual(body);
  });

  it("merges headers, and changes nothing for nothing", async () => {
    const { path, before } = await create(genericMessenger({ headers: { A: "1", B: "2" } }));
    const patched = await call("PATCH", path, { messenger: { headers: { B: "3", C: "4" } } });
    expect(patched.body.messenger.headers).toEqual({ A: "1", B: "3", C: "4" });
    const without = await call("PATCH", path, { messenger: { headers: { B: null, C: null } } });
    expect(without.body.messenger.headers).toEqual({ A: "1" });
    for (const nothing of [{}, { messenger: null }]) {
      const { status, body } = await call("PATCH", path, nothing);
      expect([status, body.messenger]).toEqual([200, { ...before, headers: { A: "1" }, ...unchanging }]);
    }
  });

  it("loses no update of many that come at once", async () => {
    const { path } = await create(twilioMessenger({ data: { list: [] } }));
    const volley = await Promise.all(
      Array.from({ length: 15 }, (_, index) =>
        call("PATCH", path, { messenger: { data: { list: [index], [`k${index}`]: 1 } } }),
      ),
    );
    expect(new Set(volley.map(({ status }) => status))).toEqual(new Set([200]));
    const { data } = (await call("GET", path)).body.messenger;
    expect(data.list.toSorted((one: number, other: number) => one - other)).toEqual(
      Array.from({ length: 15 }, (_, i) => i),
    );
    expect(Object.keys(data)).toHaveLength(16);
  });
});

describe("PATCH as JSON Patch", () => {
  it("applies pointers that begin with /messenger, all or none", async () => {
    const { path, before } = await create(twilioMessenger(start));
    const good = await call(
      "PATCH",
      path,
      [
        { op: "test", path: "/messenger/debug", value: true },
        { op: "replace", path: "/messenger/name", value: "by JSON Patch" },
        { op: "add", path: "/messenger/data/a/0", value: 0 },
        { op: "remove", path: "/messenger/data/s" },
        { op: "remove", path: "/messenger/type" },
        { op: "copy", from: "/messenger/data/o", path: "/messenger/data/p" },
      ],
      jsonPatch,
    );
    const data = { a: [0, 1, 2], o: { x: 1, y: 2 }, p: { x: 1, y: 2 } };
    expect([good.status, good.body.messenger]).toEqual([
      200,
      { ...before, name: "by JSON Patch", data, ...unchanging },
    ]);
    for (const [operations, code] of [
      [[{ op: "test", path: "/messenger/name", value: "other" }], "[JSONPatchTestFailed]"],
      [[{ op: "replace", path: "/messenger/nothing", value: 1 }], "[invalidJSON]"],
      [[{ op: "replace", path: "/name", value: "x" }], "[invalidJSON]"],
      [[{ op: "add", path: "/messenger/foo", value: 1 }], "[invalidJSON]"],
      [[{ op: "remove", path: "" }], "[invalidJSON]"],
      [{ op: "add", path: "/messenger/name", value: "x" }, "[invalidJSON]"],
      [
        Array.from({ length: 40 }, () => ({ op: "copy", from: "/messenger/data/a", path: "/messenger/data/a/-" })),
        "[invalidJSON]",
      ],
      [[{ op: "add", path: "/messenger/__proto__/x", value: 1 }], "[invalidJSON]"],
    ] as const) {
      const first = { op: "replace", path: "/messenger/debug", value: false };
      const patches = Array.isArray(operations) ? [operations, [first, ...operations]] : [operations];
      for (const patch of patches) {
        const { status, body } = await call("PATCH", path, patch, jsonPatch);
        const what = JSON.stringify(patch).slice(0, 100);
        expect([status, body.generalErrors?.[0].code], what).toEqual([400, code]);
      }
    }
    expect((await call("GET", path)).body).toEqual(good.body);
  });

  it("is validated like a PUT", async () => {
    const { path } = await create(twilioMessenger(start));
    const operations = [
      { op: "remove", path: "/messenger/name" },
      { op: "replace", path: "/messenger/url", value: "nowhere" },
    ];
    const { status, body } = await call("PATCH", path, operations, jsonPatch);
    expect([status, Object.keys(body.fieldErrors).sort()]).toEqual([400, ["messenger.name", "messenger.url"]]);
    const typed = await call("PATCH", path, [{ op: "replace", path: "/messenger/type", value: "Generic" }], jsonPatch);
    expect(typed.status).toBe(400);
  });
});

describe("PATCH as JSON Merge Patch", () => {
  it("replaces arrays, removes with null, and keeps a type that it takes away", async () => {
    const { path, before } = await create(twilioMessenger({ ...start, messagingServiceSid: "MG1" }));
    const messenger = { type: null, fromPhoneNumber: null, debug: null, data: { a: [3], o: { x: null }, t: 1 } };
    const { status, body } = await call("PATCH", path, { messenger }, mergePatch);
    const { fromPhoneNumber: _gone, ...rest } = before;
    const data = { a: [3], o: { y: 2 }, s: "v", t: 1 };
    expect([status, body.messenger]).toEqual([200, { ...rest, debug: false, data, ...unchanging }]);
  });

  it("refuses what is no object, what is missing afterwards, and another type", async () => {
    const { path, before } = await create(twilioMessenger(start));
    for (const [patch, code] of [
      ["[]", "[invalidJSON]"],
      ["5", "[invalidJSON]"],
      ['{"messenger":5}', "[invalidJSON]"],
      ['{"messenger":{"name":null}}', "[blank]messenger.name"],
      ['{"messenger":{"type":"Generic"}}', "[invalidJSON]"],
    ] as const) {
      const { status, text } = await call("PATCH", path, patch, mergePatch);
      expect([status, text.includes(code)], patch + text).toEqual([400, true]);
    }
    expect((await call("GET", path)).body.messenger).toEqual(before);
  });
});

it("the three flavours do the same to single values", async () => {
  const changes = { name: "Same", debug: false, url: "http://same.example", fromPhoneNumber: "555" };
  const results: unknown[] = [];
  for (const [index, [patch, options]] of [
    [{ messenger: changes }, {}] as const,
    [{ messenger: changes }, mergePatch] as const,
    [
      Object.entries(changes).map(([name, value]) => ({ op: "replace", path: `/messenger/${name}`, value })),
      jsonPatch,
    ] as const,
  ].entries()) {
    const { path } = await create(twilioMessenger(start));
    const text = JSON.stringify(patch).replaceAll("Same", `Same ${index}`);
    const { body } = await call("PATCH", path, text, options);
    const { id: _id, insertInstant: _inserted, lastUpdateInstant: _updated, name: _name, ...rest } = body.messenger;
    results.push(rest);
  }
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
  expect(results[0]).toMatchObject({ url: "http://same.example", debug: false });
});
