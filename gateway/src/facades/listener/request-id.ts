// Request ids: `RQ` and 32 hex digits. A random prefix of the process and a counter are unique without asking the
// random source for each request; they name a line in the log and prove nothing.

import { randomBytes } from "node:crypto";

const prefix = `RQ${randomBytes(10).toString("hex")}`;
const counterMax = 2 ** 48;
let counter = 0;

export function newRequestId(): string {
  counter = (counter + 1) % counterMax;
  return prefix + counter.toString(16).padStart(12, "0");
}
