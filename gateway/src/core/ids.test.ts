import { validate, version } from "uuid";
import { describe, expect, it } from "vitest";
import { canonicalSid, isSid, newUuid, sidOf, uuidOf } from "./ids.ts";

describe("newUuid", () => {
  it("makes valid UUIDv7s that rise strictly, however fast they are made", () => {
    const startMs = Date.now();
    const ids = Array.from({ length: 50_000 }, newUuid);
    for (const id of ids) expect(validate(id) && version(id) === 7).toBe(true);
    expect(ids).toEqual([...new Set(ids)].toSorted());
    const firstMs = Number.parseInt(ids[0]?.replace("-", "").slice(0, 12) ?? "", 16);
    expect(firstMs).toBeGreaterThanOrEqual(startMs);
    expect(firstMs - startMs).toBeLessThan(60_000);
  });
});

describe("SIDs", () => {
  it("carry a UUID there and back, in one canonical spelling", () => {
    const id = newUuid();
    const sid = sidOf("SM", id);
    expect(isSid(sid, "SM", "MM")).toBe(true);
    expect(uuidOf(sid)).toBe(id);
    expect(canonicalSid(`SM${sid.slice(2).toUpperCase()}`)).toBe(sid);
  });

  it("are refused with another prefix, length or alphabet", () => {
    const sid = sidOf("SM", newUuid());
    for (const wrong of [
      `sm${sid.slice(2)}`,
      `AC${sid.slice(2)}`,
      sid.slice(1),
      `${sid}0`,
      `${sid.slice(0, 33)}g`,
      "",
    ]) {
      expect(isSid(wrong, "SM", "MM")).toBe(false);
    }
  });
});
