// How many SMS segments a text takes. Counted as the gateway counts (its own tests hold the two together), so that a dry
// run says what a send will say.

export interface Segments {
  readonly encoding: "GSM-7" | "UCS-2";
  readonly segments: number;
  /** Septets, or UTF-16 code units. */
  readonly units: number;
}

// The GSM 7-bit default alphabet (3GPP TS 23.038, 6.2.1) as Twilio publishes it, and its extension of two septets each.
const BASIC = new Set(
  "\n\r !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz" +
    "¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΓΔΘΛΞΠΣΦΨΩ",
);
const EXTENDED = new Set("\f[\\]^{|}~€");

/** Counts the final text. A concatenated message loses six octets of each segment to its header. */
export function countSegments(text: string): Segments {
  const sizes = Array.from(text, (character) => (BASIC.has(character) ? 1 : EXTENDED.has(character) ? 2 : 0));
  if (sizes.includes(0)) {
    return { encoding: "UCS-2", segments: pack(clusterSizes(text), 70, 67), units: text.length };
  }
  const units = sizes.reduce<number>((sum, size) => sum + size, 0);
  return { encoding: "GSM-7", segments: pack(sizes, 160, 153), units };
}

/** How many segments hold pieces of these sizes, none of which is cut. */
function pack(sizes: readonly number[], single: number, part: number): number {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total <= single) return 1;
  let segments = 1;
  let used = 0;
  for (const size of sizes) {
    if (used + size > part) {
      segments += 1;
      used = 0;
    }
    used += size;
  }
  return segments;
}

/** UTF-16 sizes of what must stay whole: grapheme clusters; those longer than a segment go by code point. */
function clusterSizes(text: string): number[] {
  const sizes: number[] = [];
  for (const { segment } of new Intl.Segmenter("und", { granularity: "grapheme" }).segment(text)) {
    if (segment.length <= 67 && segment !== "\r\n") sizes.push(segment.length);
    else for (const character of segment) sizes.push(character.length);
  }
  return sizes;
}
