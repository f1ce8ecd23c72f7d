// What can be done to a message that exists: read it, cancel it, take out its text, delete it. Each is repeated until
// there is an answer: doing it twice is as good as once.

import type { Connection } from "./connection.ts";
import { ActionError } from "./errors.ts";
import { messagePath } from "./find-message.ts";
import { call } from "./http/call.ts";
import { type Message, readMessage } from "./message.ts";
import { readMessageSid } from "./sids.ts";

const NOT_CANCELABLE = 30409;

export async function getMessage(connection: Connection, given: string): Promise<Message> {
  const sid = readMessageSid(given);
  const { json } = await call(connection, { method: "GET", path: messagePath(connection, sid) });
  return readMessage(json);
}

/** Cancels a scheduled message. One that is cancelled already stays so. Throws `refused` (30409) when it is too late. */
export async function cancelMessage(connection: Connection, given: string): Promise<Message> {
  const sid = readMessageSid(given);
  try {
    return await change(connection, sid, ["Status", "canceled"]);
  } catch (thrown) {
    if (!(thrown instanceof ActionError) || thrown.facts.code !== NOT_CANCELABLE) throw thrown;
    const message = await getMessage(connection, sid);
    if (message.status === "canceled") return message;
    throw new ActionError("refused", `The message is ${message.status}: only a scheduled one can be cancelled.`, {
      ...thrown.facts,
    });
  }
}

/** Takes out the text for good; the message stays. Only of a message in a final state. */
export async function redactMessage(connection: Connection, given: string): Promise<Message> {
  return change(connection, readMessageSid(given), ["Body", ""]);
}

/** Deletes the message. True: it was there; false: there was none (any more). */
export async function deleteMessage(connection: Connection, given: string): Promise<boolean> {
  const sid = readMessageSid(given);
  try {
    await call(connection, { method: "DELETE", path: messagePath(connection, sid) });
    return true;
  } catch (thrown) {
    if (thrown instanceof ActionError && thrown.facts.code === 20404) return false;
    throw thrown;
  }
}

async function change(
  connection: Connection,
  sid: string,
  field: readonly [name: string, value: string],
): Promise<Message> {
  const request = { method: "POST", path: messagePath(connection, sid), form: [field], repeatable: true } as const;
  const { json } = await call(connection, request);
  return readMessage(json);
}
