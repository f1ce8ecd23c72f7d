// Twilio's published substitution table for smart encoding: characters that look like one of GSM-7's, by code point.
// A table of facts. Two entries are odd on purpose: U+2039 and U+203A are swapped in the published table, and we
// do as the service does.

const targets: readonly (readonly [replacement: string, hexCodePoints: string])[] = [
  ['"', "00AB 00BB 201C 201D 201E 201F 02BA 02EE 275D 275E 301D 301E FF02"],
  ["'", "2018 2019 201B 02BB 02C8 02BC 02BD 02B9 02CA 02CB 00B4 0060 275B 275C 0313 0314 FE10 FE11 FF07 2017"],
  ["-", "2010 2013 2014 2015 2022 2043 23BC 23BD FE63 FF0D"],
  ["...", "2026"],
  ["!!", "203C"],
  ["/", "00F7 29F8 0337 0338 2044 2215 FF0F"],
  ["1/4", "00BC"],
  ["1/2", "00BD"],
  ["3/4", "00BE"],
  ["\\", "29F9 29F5 20E5 FE68 FF3C"],
  ["_", "0332 FF3F"],
  ["|", "20D2 20D3 2223 FF5C 23B8 23B9 23D0 239C 239F"],
  ["@", "FE6B FF20"],
  ["$", "FE69 FF04"],
  ["!", "01C3 FE15 FE57 FF01"],
  ["#", "FE5F FF03"],
  ["%", "FE6A FF05"],
  ["&", "FE60 FF06"],
  [",", "201A 0326 3001 FE50 FE51 FF0C FF64"],
  [".", "3002 FE52 FF0E FF61"],
  ["(", "2768 276A FE59 FF08 27EE 2985"],
  [")", "2769 276B FE5A FF09 27EF 2986"],
  ["*", "204E 2217 229B 2722 2723 2724 2725 2731 2732 2733 273A 273B 273C 273D 2743 2749 274A 274B 29C6 FE61 FF0A"],
  ["+", "02D6 FE62 FF0B"],
  [":", "02D0 02F8 2982 A789 FE13 FF1A"],
  [";", "204F FE14 FE54 FF1B"],
  ["<", "FE64 FF1C 203A"],
  ["=", "0347 A78A FE66 FF1D"],
  [">", "FE65 FF1E 2039"],
  ["?", "FE16 FE56 FF1F"],
  ["^", "02C6 0302 FF3E 1DCD"],
  ["~", "02DC 02F7 0303 0330 0334 223C FF5E"],
  ["{", "2774 FE5B FF5B"],
  ["}", "2775 FE5C FF5D"],
  ["[", "FF3B"],
  ["]", "FF3D"],
  [
    // 00A0 and the rest of this row's second half stand for two spaces in the published table; the service uses one.
    " ",
    "2001 2028 2029 00A0 2000 2002 2003 2004 2005 2006 2007 2008 2009 200A 202F 205F 3000 0080 008D 0090 009B 009F",
  ],
  ["       ", "0009"],
  ["", "0000 0003 0004 0010 0011 0012 0013 0014 0017 0019 200B 200C 2060 FEFF"],
];

const smallCapitals =
  "A1D00 B0299 C1D04 D1D05 E1D07 FA730 G0262 H029C I026A J1D0A K1D0B L029F M1D0D N0274 O1D0F P1D18 R0280 SA731 T1D1B " +
  "U1D1C V1D20 W1D21 Y028F Z1D22";

/** What each look-alike becomes. Every replacement is made of GSM-7 characters only. */
export const substitutions: ReadonlyMap<string, string> = new Map([
  ...targets.flatMap(([replacement, points]) =>
    points
      .split(" ")
      .filter(Boolean)
      .map((point) => [String.fromCharCode(Number.parseInt(point, 16)), replacement] as const),
  ),
  ...smallCapitals
    .split(" ")
    .map((entry) => [String.fromCharCode(Number.parseInt(entry.slice(1), 16)), entry.charAt(0)] as const),
  ...fullWidth("0", "9"),
  ...fullWidth("A", "Z"),
]);

/** Full-width forms lie 0xFEE0 above their ASCII twins. */
function fullWidth(first: string, last: string): (readonly [string, string])[] {
  const entries: (readonly [string, string])[] = [];
  for (let code = first.charCodeAt(0); code <= last.charCodeAt(0); code++) {
    entries.push([String.fromCharCode(code + 0xfee0), String.fromCharCode(code)]);
  }
  return entries;
}
