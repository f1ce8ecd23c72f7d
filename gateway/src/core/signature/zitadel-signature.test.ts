import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { zitadelEventLine } from "../../../test/support/zitadel-event.ts";
import { problemOfSignature } from "./zitadel-signature.ts";

const signingKey = "Zx81mQ0vT4bLrW9eKc2HnYpD6sUaJf3gOi7R";
const seconds = 1777887000;
const nowMs = seconds * 1000;

const judge = (header: string | undefined, body = '{"a":1}', changed: { signingKey?: string; nowMs?: number } = {}) =>
  problemOfSignature({ header, body: Buffer.from(body), signingKey, nowMs, ...changed });

const known = "ccfae42738d8ca7c977af37e7938a7b4754b7ea3ebedf46d424d639b155d476b";
const knownLong = "b24098544c160e08345057afb7bd426157ed0208edf0064f93398cb3e19e8350";

describe("ZITADEL's signature", () => {
  it("is the one of the known vectors", () => {
    expect(judge(`t=${seconds},v1=${known}`)).toBeNull();
    expect(Buffer.byteLength(zitadelEventLine)).toBe(1188);
    expect(judge(`t=${seconds},v1=${knownLong}`, zitadelEventLine)).toBeNull();
  });

  it("may be one of several, among items that nobody knows", () => {
    expect(judge(`v0=1,t=${seconds},v1=zz,v1=${"00".repeat(32)},v1=${known.toUpperCase()}`)).toBeNull();
    expect(judge(` t=${seconds}, v1=${known}`)).toBeNull();
  });

  it.each([
    [undefined, "missing"],
    ["", "missing"],
    ["nonsense", "malformed"],
    [`t=${seconds}`, "malformed"],
    [`v1=${known}`, "malformed"],
    [`t=${seconds},v1=${known},`, "malformed"],
    [`t=${seconds},v1=${known}=`, "malformed"],
    [`t=soon,v1=${known}`, "malformed"],
    [`t=${seconds},t=${seconds},v1=${known}`, "malformed"],
    [`t=${seconds},v1=xyz`, "malformed"],
    [`t=${seconds + 1},v1=${known}`, "wrong"],
    [`t=${seconds},v1=${known.slice(0, 62)}`, "wrong"],
  ])("%j is refused: %s", (header, problem) => {
    expect(judge(header)).toBe(problem);
  });

  it("is good for five minutes, either way", () => {
    const at = (offsetSeconds: number) =>
      judge(`t=${seconds},v1=${known}`, undefined, { nowMs: nowMs + offsetSeconds * 1000 });
    expect([at(-301), at(-300), at(300), at(301)]).toEqual(["early", null, null, "old"]);
  });

  it("is of these bytes, this time and this key alone", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), fc.string({ minLength: 1 }), (body, other, key) => {
        const header = `t=${seconds},v1=${createHmac("sha256", key).update(`${seconds}.`).update(body).digest("hex")}`;
        expect(problemOfSignature({ header, body, signingKey: key, nowMs })).toBeNull();
        fc.pre(!Buffer.from(body).equals(Buffer.from(other)));
        expect(problemOfSignature({ header, body: other, signingKey: key, nowMs })).toBe("wrong");
        expect(problemOfSignature({ header, body, signingKey: `${key}x`, nowMs })).toBe("wrong");
      }),
    );
  });
});
