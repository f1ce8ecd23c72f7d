// The strict check beside the fast load: every single 201 is read, and its SID, recipient and body are looked up.

import assert from "node:assert/strict";
import { fill, subscriberOf } from "../load/load.ts";
import { bodyOf } from "./request.ts";
import type { Gateway } from "./start.ts";

const REQUESTS = 2000;
const AT_ONCE = 32;
const FIRST_NUMBER = 90_000_000;

/** Sends messages and throws unless each that was answered with 201 is stored as it was sent; resolves to how many. */
export async function assertEveryAnswerIsStored(gateway: Gateway): Promise<number> {
  const sent = new Map<string, number>();
  let n = FIRST_NUMBER;
  const one = async () => {
    while (n < FIRST_NUMBER + REQUESTS) {
      const number = n++;
      sent.set(await send(gateway, number), number);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  assert.equal(sent.size, REQUESTS, "two messages have the same SID");
  const rows = await gateway.sql<{ sid: string; to_address: string; body: string }>(
    `select 'SM' || replace(id::text, '-', '') as sid, to_address, body from messages
     where id = any (select substr(sid, 3)::uuid from unnest($1::text[]) as sid)`,
    [[...sent.keys()]],
  );
  const stored = new Map(rows.map((row) => [row.sid, row]));
  for (const [sid, number] of sent) {
    assert.equal(stored.get(sid)?.body, bodyOf(number), `${sid} was answered with 201, but is not stored as sent`);
    assert.equal(stored.get(sid)?.to_address, `+1415${subscriberOf(number)}`);
  }
  return sent.size;
}

async function send({ port, template }: Gateway, number: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${template.path}`, {
    method: "POST",
    headers: template.headers,
    body: fill(template.body, number),
  });
  const answer: unknown = await response.json();
  assert.equal(response.status, 201, JSON.stringify(answer));
  assert(typeof answer === "object" && answer !== null && "sid" in answer && typeof answer.sid === "string");
  return answer.sid;
}
