// Request ids: `RQ` and 32 hex digits, random. Random bytes are drawn for many ids at once.

import { randomFillSync } from "node:crypto";

const idBytes = 16;
const pool = Buffer.allocUnsafe(idBytes * 256);
let used = pool.length;

export function newRequestId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const id = `RQ${pool.toString("hex", used, used + idBytes)}`;
  used += idBytes;
  return id;
}
