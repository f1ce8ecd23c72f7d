// A set of strings that only remembers 64 bits of each: a million entries take some 20 MB instead of 100. Two of ten
// million strings share their 64 bits with a chance of three in a million.

import { hash } from "node:crypto";

export interface Fingerprints {
  readonly size: number;
  has(text: string): boolean;
  add(text: string): void;
}

export function createFingerprints(): Fingerprints {
  // Open addressing over pairs of 32-bit words; the pair (0, 0) marks a free place.
  let words = new Uint32Array(2 * 1024);
  let size = 0;

  function place(high: number, low: number, table: Uint32Array): number {
    const mask = table.length / 2 - 1;
    let slot = low & mask;
    while (
      (table[2 * slot] !== 0 || table[2 * slot + 1] !== 0) &&
      (table[2 * slot] !== high || table[2 * slot + 1] !== low)
    ) {
      slot = (slot + 1) & mask;
    }
    return 2 * slot;
  }

  function grow(): void {
    const larger = new Uint32Array(words.length * 2);
    for (let index = 0; index < words.length; index += 2) {
      const [high = 0, low = 0] = words.subarray(index, index + 2);
      if (high !== 0 || low !== 0) larger.set([high, low], place(high, low, larger));
    }
    words = larger;
  }

  return {
    get size() {
      return size;
    },
    has(text) {
      const [high, low] = fingerprint(text);
      return words[place(high, low, words) + 1] === low && words[place(high, low, words)] === high;
    },
    add(text) {
      if (size * 2 * 1.5 > words.length) grow();
      const [high, low] = fingerprint(text);
      const index = place(high, low, words);
      if (words[index] === high && words[index + 1] === low) return;
      words.set([high, low], index);
      size++;
    },
  };
}

function fingerprint(text: string): readonly [high: number, low: number] {
  const digest = hash("sha256", text, "buffer");
  // Never (0, 0), which means free.
  return [digest.readUInt32LE(0), digest.readUInt32LE(4) || 1];
}
