import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countSegments } from "./count.ts";
import { gsmBasicCharacters, gsmExtensionCharacters } from "./gsm-alphabet.ts";
import { smartEncode } from "./smart-encode.ts";

const family = "👨‍👩‍👧‍👦";

describe("countSegments", () => {
  it.each([
    ["160 septets", "a".repeat(160), "GSM-7", 1],
    ["161 septets", "a".repeat(161), "GSM-7", 2],
    ["306 septets", "a".repeat(306), "GSM-7", 2],
    ["307 septets", "a".repeat(307), "GSM-7", 3],
    ["459 septets", "a".repeat(459), "GSM-7", 3],
    ["460 septets", "a".repeat(460), "GSM-7", 4],
    ["70 Cyrillic letters", "я".repeat(70), "UCS-2", 1],
    ["71 Cyrillic letters", "я".repeat(71), "UCS-2", 2],
    ["134 Cyrillic letters", "я".repeat(134), "UCS-2", 2],
    ["135 Cyrillic letters", "я".repeat(135), "UCS-2", 3],
    ["201 Cyrillic letters", "я".repeat(201), "UCS-2", 3],
    ["202 Cyrillic letters", "я".repeat(202), "UCS-2", 4],
    ["80 euro signs", "€".repeat(80), "GSM-7", 1],
    ["81 euro signs", "€".repeat(81), "GSM-7", 2],
    ["a pair ending at the boundary", `${"a".repeat(152)}€${"a".repeat(151)}`, "GSM-7", 2],
    ["a pair pushed over the boundary", `${"a".repeat(152)}€${"a".repeat(152)}`, "GSM-7", 3],
    ["35 emoji", "😜".repeat(35), "UCS-2", 1],
    ["36 emoji", "😜".repeat(36), "UCS-2", 2],
    ["66 emoji", "😜".repeat(66), "UCS-2", 2],
    ["67 emoji: 33 pairs to a segment", "😜".repeat(67), "UCS-2", 3],
    ["6 family emoji", family.repeat(6), "UCS-2", 1],
    ["7 family emoji", family.repeat(7), "UCS-2", 2],
    ["small c cedilla", "ç", "UCS-2", 1],
    ["capital c cedilla", "Ç", "GSM-7", 1],
    ["CR LF", "a\r\nb", "GSM-7", 1],
    ["form feed", "\f", "GSM-7", 1],
    ["nothing", "", "GSM-7", 1],
  ])("counts %s", (_name, text, encoding, segments) => {
    expect(countSegments(text)).toMatchObject({ encoding, segments });
  });

  it("counts CR LF as two units and form feed as two septets", () => {
    expect(countSegments("a\r\nb").units).toBe(4);
    expect(countSegments("\f").units).toBe(2);
    expect(countSegments(family).units).toBe(11);
  });

  it("may cut between CR and LF, which are two characters", () => {
    expect(countSegments(`${"я".repeat(66)}\r\n${"я".repeat(66)}`).segments).toBe(2);
  });

  it("moves a whole cluster to the next segment", () => {
    // 66 + 11: the cluster does not fit behind the letters, and 11 + 60 more do not fit behind it.
    expect(countSegments(`${"я".repeat(66)}${family}${"я".repeat(57)}`).segments).toBe(3);
    expect(countSegments(`${"я".repeat(66)}${family}${"я".repeat(56)}`).segments).toBe(2);
  });

  it("cuts a cluster that is longer than a segment, and never inside a surrogate pair", () => {
    expect(countSegments(`e${"\u0301".repeat(134)}`).segments).toBe(3);
    expect(countSegments(`e${"\u0301".repeat(133)}`).segments).toBe(2);
    const longChain = `😜${"\u200d😜".repeat(44)}`; // 134 units, one cluster; unit 67 is the second half of a pair
    expect(countSegments(longChain).segments).toBe(naiveSegments(longChain));
  });

  it("knows the 127 basic and 10 extension characters and no other", () => {
    expect(gsmBasicCharacters).toHaveLength(127);
    expect(gsmExtensionCharacters).toHaveLength(10);
    const gsm = new Set([...gsmBasicCharacters, ...gsmExtensionCharacters]);
    for (let code = 0; code <= 0xffff; code++) {
      const character = String.fromCharCode(code);
      expect(countSegments(character).encoding === "GSM-7").toBe(gsm.has(character));
    }
  });
});

const gsmText = fc.string({ unit: fc.constantFrom(...gsmBasicCharacters, ...gsmExtensionCharacters), maxLength: 700 });
const anyText = fc.oneof(
  gsmText,
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.string({ unit: "binary", maxLength: 500 }),
  fc.string({
    unit: fc.constantFrom("я", "😜", family, "e\u0301", "🇩🇪", "\r\n", "\ud83d", "n", "각", "क्षि"),
    maxLength: 200,
  }),
);

describe("countSegments, for any text", () => {
  it("agrees with packing cluster by cluster", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(countSegments(text).segments).toBe(naiveSegments(text));
      }),
      { numRuns: 400 },
    );
  });

  it("takes at least what the units need and at most one unit-wise segment more per segment", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { encoding, segments, units } = countSegments(text);
        const [single, part] = encoding === "GSM-7" ? [160, 153] : [70, 67];
        expect(segments).toBeGreaterThanOrEqual(units <= single ? 1 : Math.ceil(units / part));
        expect(segments).toBeLessThanOrEqual(Math.max(1, Math.ceil((2 * units) / part)));
      }),
      { numRuns: 300 },
    );
  });

  it("never counts less when text is added, nor more than both parts alone and one", () => {
    fc.assert(
      fc.property(gsmText, gsmText, (a, b) => {
        const together = countSegments(a + b).segments;
        expect(together).toBeGreaterThanOrEqual(Math.max(countSegments(a).segments, countSegments(b).segments));
        expect(together).toBeLessThanOrEqual(countSegments(a).segments + countSegments(b).segments + 1);
      }),
      { numRuns: 300 },
    );
  });
});

/** The rules written out plainly: split into pieces that must stay whole, then fill segments one by one. */
function naiveSegments(text: string): number {
  const gsm = new Map([
    ...gsmBasicCharacters.map((character) => [character, 1] as const),
    ...gsmExtensionCharacters.map((character) => [character, 2] as const),
  ]);
  const isGsm = [...text].every((character) => gsm.has(character));
  const clusters = isGsm
    ? [...text]
    : [...new Intl.Segmenter("en").segment(text)].flatMap(({ segment }) =>
        segment === "\r\n" ? ["\r", "\n"] : [segment],
      );
  const size = (piece: string): number => (isGsm ? (gsm.get(piece) ?? 0) : piece.length);
  const [single, part] = isGsm ? [160, 153] : [70, 67];
  const total = clusters.reduce((sum, piece) => sum + size(piece), 0);
  if (total <= single) return 1;
  const parts: number[] = [0];
  const put = (units: number): void => {
    const last = parts.length - 1;
    if ((parts[last] ?? 0) + units > part) parts.push(units);
    else parts[last] = (parts[last] ?? 0) + units;
  };
  for (const cluster of clusters) {
    if (size(cluster) <= part) put(size(cluster));
    else {
      if (parts.at(-1) !== 0) parts.push(0);
      for (const character of cluster) put(character.length);
    }
  }
  return parts.length;
}

describe("smartEncode", () => {
  it.each([
    ["“Don’t” — really…", '"Don\'t" - really...'],
    ["‼", "!!"],
    ["½ ÷ ¼ = ¾", "1/2 / 1/4 = 3/4"],
    ["ＡＢＣ１２３", "ABC123"],
    ["ᴀʙᴄꜱᴢ", "ABCSZ"],
    ["a\u00a0b\u2003c", "a b c"],
    ["a\tb", "a       b"],
    ["a\u200b\ufeffb\u0000", "ab"],
    ["‹›", "><"],
    ["`´", "''"],
    ["〔〕｛｝［］", "〔〕{}[]"],
    ["żółć 😜 я", "żółć 😜 я"],
  ])("turns %j into %j", (text, expected) => {
    expect(smartEncode(text)).toBe(expected);
  });

  it("brings a text of look-alikes into GSM-7", () => {
    expect(countSegments("“Hello” – it’s me…").encoding).toBe("UCS-2");
    expect(countSegments(smartEncode("“Hello” – it’s me…")).encoding).toBe("GSM-7");
  });

  it("changes nothing the second time, leaves GSM-7 alone but for nothing, and always gives GSM-7 for what it replaces", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const encoded = smartEncode(text);
        expect(smartEncode(encoded)).toBe(encoded);
        if (countSegments(text).encoding === "GSM-7") expect(encoded).toBe(text);
      }),
    );
    for (let code = 0; code <= 0xffff; code++) {
      const encoded = smartEncode(String.fromCharCode(code));
      if (encoded !== String.fromCharCode(code)) expect(countSegments(encoded).encoding).toBe("GSM-7");
    }
  });
});
