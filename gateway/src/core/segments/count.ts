// How many SMS segments a text takes, and in which encoding: what is billed, paced and shown as num_segments.
// Runs once per accepted message, so the common text (GSM-7, one segment) costs one pass over a lookup table.

import { septetsOf } from "./gsm-alphabet.ts";

export interface SegmentCount {
  readonly encoding: "GSM-7" | "UCS-2";
  /** 1 or more; an empty text takes one. */
  readonly segments: number;
  /** Septets (GSM-7) or UTF-16 code units (UCS-2) of the text alone, without the headers of its segments. */
  readonly units: number;
}

// 140 octets carry 160 septets or 70 UTF-16 units. A concatenated message loses 6 octets of each to its header.
const GSM_SINGLE = 160;
const GSM_PART = 153;
const UCS2_SINGLE = 70;
const UCS2_PART = 67;

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

/** Counts the final text, after smart encoding and variables. Never throws; lone surrogates count as one unit. */
export function countSegments(text: string): SegmentCount {
  const septets = countSeptets(text);
  if (septets < 0) return { encoding: "UCS-2", segments: countUcs2Segments(text), units: text.length };
  return { encoding: "GSM-7", segments: countGsmSegments(text, septets), units: septets };
}

/** Septets of a text; -1 when a character is outside the GSM alphabet. */
function countSeptets(text: string): number {
  let total = 0;
  for (let index = 0; index < text.length; index++) {
    const septets = septetsOf(text.charCodeAt(index));
    if (septets === 0) return -1;
    total += septets;
  }
  return total;
}

function countGsmSegments(text: string, septets: number): number {
  if (septets <= GSM_SINGLE) return 1;
  if (septets === text.length) return Math.ceil(septets / GSM_PART);
  let segments = 1;
  let used = 0;
  for (let index = 0; index < text.length; index++) {
    const size = septetsOf(text.charCodeAt(index));
    if (used + size > GSM_PART) {
      segments++;
      used = 0;
    }
    used += size;
  }
  return segments;
}

/** Looks only at the characters where a segment would end, so a long text costs a few look-ups and not a full split. */
function countUcs2Segments(text: string): number {
  if (text.length <= UCS2_SINGLE) return 1;
  const clusters = graphemes.segment(text);
  let segments = 1;
  let start = 0;
  while (text.length - start > UCS2_PART) {
    start = cutAtOrBefore(text, clusters, start, start + UCS2_PART);
    segments++;
  }
  return segments;
}

/** Where the segment that began at `start` ends: at `limit`, or earlier so that a grapheme cluster stays whole. */
function cutAtOrBefore(text: string, clusters: Intl.Segments, start: number, limit: number): number {
  const cluster = clusters.containing(limit);
  // CR LF is one cluster to Unicode and two characters to Twilio.
  if (cluster === undefined || cluster.index === limit || cluster.segment === "\r\n") return limit;
  if (cluster.index > start) return cluster.index;
  // A cluster longer than a segment must be cut somewhere; never inside a surrogate pair.
  return isSurrogatePair(text, limit - 1) ? limit - 1 : limit;
}

function isSurrogatePair(text: string, index: number): boolean {
  return (text.codePointAt(index) ?? 0) > 0xffff;
}
