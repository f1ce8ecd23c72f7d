import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GatewayError } from "../errors.ts";
import { createSealer } from "./seal.ts";

const text = fc.string({ unit: "grapheme", maxLength: 200 });
const key = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe("a sealer", () => {
  it("opens what it sealed, in the same context", () => {
    fc.assert(
      fc.property(key, text, text, (masterKey, secret, context) => {
        const sealer = createSealer({ keys: [masterKey] });
        // Lone surrogates have no UTF-8 form; secrets are text that has one.
        fc.pre(secret.isWellFormed());
        expect(sealer.open(sealer.seal(secret, context), context)).toBe(secret);
      }),
    );
  });

  it("opens nothing in another context", () => {
    fc.assert(
      fc.property(text, text, text, (secret, context, other) => {
        fc.pre(Buffer.compare(Buffer.from(context), Buffer.from(other)) !== 0);
        const sealer = createSealer({ keys: [Buffer.alloc(32, 1)] });
        expect(() => sealer.open(sealer.seal(secret, context), other)).toThrow(GatewayError);
      }),
    );
  });

  it("opens nothing that was changed in any bit or cut anywhere", () => {
    const sealer = createSealer({ keys: [Buffer.alloc(32, 1)] });
    fc.assert(
      fc.property(text, fc.nat(), fc.integer({ min: 1, max: 255 }), (secret, at, change) => {
        const sealed = sealer.seal(secret, "c");
        const place = at % sealed.length;
        const changed = Buffer.from(sealed);
        changed.writeUInt8(changed.readUInt8(place) ^ change, place);
        expect(() => sealer.open(changed, "c")).toThrow(GatewayError);
        expect(() => sealer.open(sealed.subarray(0, place), "c")).toThrow(GatewayError);
      }),
    );
  });

  it("never seals the same text to the same bytes", () => {
    const sealer = createSealer({ keys: [Buffer.alloc(32, 1)] });
    expect(sealer.seal("secret", "c").equals(sealer.seal("secret", "c"))).toBe(false);
  });

  it("opens what any of its keys sealed, and seals under the first", () => {
    const [older, newer] = [randomBytes(32), randomBytes(32)];
    const before = createSealer({ keys: [older] });
    const during = createSealer({ keys: [newer, older] });
    const after = createSealer({ keys: [newer] });
    const old = before.seal("secret", "c");
    expect(during.open(old, "c")).toBe("secret");
    expect(after.open(during.seal("secret", "c"), "c")).toBe("secret");
    expect(() => after.open(old, "c")).toThrow("another master key");
    expect([during.knows(old), after.knows(old)]).toEqual([true, false]);
  });

  it("does not exist without a key of 32 bytes", () => {
    expect(() => createSealer({ keys: [] })).toThrow("at least one");
    expect(() => createSealer({ keys: [Buffer.alloc(31)] })).toThrow("32 bytes");
  });
});
