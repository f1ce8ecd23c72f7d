import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ChoosableSender, chooseSender } from "./choose-sender.ts";

const on = { stickySender: true, areaCodeGeomatch: true };
const off = { stickySender: false, areaCodeGeomatch: false };
const number = (address: string): ChoosableSender => ({ id: address, kind: "number", address });
const pool = {
  us202: number("+12025550100"),
  us212: number("+12125550100"),
  ca416: number("+14165550100"),
  tollFree: number("+18005550100"),
  gb: number("+447400123456"),
  shortCode: { id: "sc", kind: "short_code", address: "12345", country: "US" } as ChoosableSender,
  openShortCode: { id: "open", kind: "short_code", address: "67890" } as ChoosableSender,
  name: { id: "name", kind: "alphanumeric", address: "Acme" } as ChoosableSender,
  whatsapp: { id: "wa", kind: "channel", address: "whatsapp:+12025550100" } as ChoosableSender,
};
const everyone = Object.values(pool);
const us = "+12125550199";
const ca = "+14165550199";
const gb = "+447400654321";
const de = "+4915123456789";

const choose = (to: string, senders: ChoosableSender[], more: object = {}) =>
  chooseSender({ to, senders, sticky: null, settings: on, spread: 0, ...more })?.id ?? null;
/** Everyone who is chosen for some spread. */
const chosen = (to: string, senders: ChoosableSender[], settings = on) =>
  new Set(Array.from({ length: 20 }, (_, spread) => choose(to, senders, { spread, settings })));

describe("chooseSender", () => {
  it("takes a sender of the recipient's channel, and no other", () => {
    expect(choose("whatsapp:+12125550199", everyone)).toBe("wa");
    expect(choose("messenger:42", everyone)).toBeNull();
    expect(choose(us, [pool.whatsapp])).toBeNull();
  });

  it("takes a name for one country there alone, and before a name for every country", () => {
    const french: ChoosableSender = { id: "fr", kind: "alphanumeric", address: "Bonjour", country: "FR" };
    expect(chosen("+33612345678", [pool.name, french, pool.gb])).toEqual(new Set(["fr"]));
    expect(chosen(de, [pool.name, french, pool.gb])).toEqual(new Set(["name"]));
    expect(chosen(de, [french, pool.gb])).toEqual(new Set([pool.gb.id]));
    expect(choose(de, [french])).toBeNull();
  });

  it("prefers short codes of the country, then names, then numbers", () => {
    const { us202, gb: gbNumber, shortCode, name } = pool;
    expect(choose(us, [us202, name, shortCode])).toBe("sc");
    expect(choose(gb, [gbNumber, name, shortCode])).toBe("name");
    expect(choose(gb, [us202, gbNumber, shortCode])).toBe(gbNumber.id);
    expect(choose(gb, [gbNumber, pool.openShortCode])).toBe("open");
  });

  it("sends no alphanumeric id where carriers refuse them", () => {
    expect(choose(us, [pool.name, pool.us202])).toBe(pool.us202.id);
    expect(choose(ca, [pool.name])).toBeNull();
    expect(choose(de, [pool.name])).toBe("name");
  });

  it("takes a number of the same country, else a US one, else any", () => {
    const { us202, gb: gbNumber, tollFree } = pool;
    expect(choose(gb, [us202, gbNumber])).toBe(gbNumber.id);
    expect(choose(de, [gbNumber, tollFree, us202])).toBe(us202.id);
    expect(choose(de, [gbNumber])).toBe(gbNumber.id);
    expect(choose(us, [gbNumber])).toBe(gbNumber.id);
  });

  it("takes toll-free first to Canada, and along with long codes in the US", () => {
    const { us202, ca416, tollFree } = pool;
    expect(chosen(ca, [ca416, us202, tollFree])).toEqual(new Set([tollFree.id]));
    expect(choose(ca, [us202, ca416])).toBe(ca416.id);
    expect(chosen(us, [us202, tollFree], off)).toEqual(new Set([us202.id, tollFree.id]));
  });

  it("matches area codes within the US and Canada when asked to", () => {
    const { us202, us212, tollFree } = pool;
    expect(chosen(us, [us202, us212, tollFree])).toEqual(new Set([us212.id]));
    expect(chosen(us, [us202, us212], off)).toEqual(new Set([us202.id, us212.id]));
    expect(chosen("+13105550199", [us202, us212])).toEqual(new Set([us202.id, us212.id]));
  });

  it("stays with the sticky sender whatever its kind, unless it is gone, cannot reach the recipient or is not wanted", () => {
    const senders = [pool.us202, pool.us212, pool.shortCode];
    expect(choose(us, senders, { sticky: pool.us202.id })).toBe(pool.us202.id);
    expect(choose(us, senders, { sticky: "gone" })).toBe("sc");
    expect(choose(us, [...senders, pool.whatsapp], { sticky: "wa" })).toBe("sc");
    expect(choose(us, senders, { sticky: pool.us202.id, settings: { ...on, stickySender: false } })).toBe("sc");
  });

  it("finds nobody in an empty pool", () => {
    expect(choose(us, [])).toBeNull();
  });

  it("spreads evenly over the candidates", () => {
    const senders = Array.from({ length: 7 }, (_, index) => number(`+1202555010${index}`));
    const counts = new Map<string | null, number>();
    for (let spread = 0; spread < 700; spread++) {
      const id = choose(us, senders, { spread });
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    expect([...counts.values()]).toEqual(Array(7).fill(100));
  });

  it("chooses from the pool, and somebody whenever the pool has a number and the recipient is a number", () => {
    fc.assert(
      fc.property(fc.subarray(everyone), fc.constantFrom(us, ca, gb, de), fc.integer(), (senders, to, spread) => {
        const result = chooseSender({ to, senders, sticky: null, settings: on, spread });
        if (result !== null) expect(senders).toContain(result);
        if (senders.some((sender) => sender.kind === "number")) expect(result).not.toBeNull();
      }),
    );
  });
});
