// Sends one message, once. On a Trunkline gateway every request carries an idempotency key, so that it may be repeated
// until there is an answer. Elsewhere a request whose fate is not known is looked up, and never sent again.

import { randomUUID } from "node:crypto";
import { countSegments, type SegmentCount } from "../src/core/segments/count.ts";
import { smartEncode } from "../src/core/segments/smart-encode.ts";
import type { Connection } from "./connection.ts";
import { ActionError, invalidInput } from "./errors.ts";
import { findSent, messagesPath } from "./find-message.ts";
import { call, type Pairs } from "./http/call.ts";
import { isGateway } from "./is-gateway.ts";
import { type Message, readMessage } from "./message.ts";
import { type CheckedMessage, checkMessage, type MessageInput } from "./send-form.ts";

export interface SendInput extends MessageInput {
  /**
   * The same key sends the same message once, however often it is asked for: kept by a gateway for 24 hours per account.
   * 1 to 255 visible ASCII characters. Twilio has no such keys: see `duplicateWindowMinutes`.
   */
  readonly idempotencyKey?: string | undefined;
  /**
   * Before sending, look for the same text to the same recipient in the last so many minutes, and give that message
   * instead. Best effort, for servers without idempotency keys. Default 0: no look.
   */
  readonly duplicateWindowMinutes?: number | undefined;
}

export interface SentMessage {
  readonly message: Message;
  /** It had been accepted before; nothing was sent now. */
  readonly replayed: boolean;
  /** An answer was lost on the way; asking again, or looking for the message, told what became of it. */
  readonly reconciled: boolean;
}

export interface MessagePreview extends SegmentCount {
  readonly to: string;
  readonly from: string | null;
  readonly messagingServiceSid: string | null;
  /** With its look-alikes replaced, where `smartEncoded` asks for it. */
  readonly body: string;
  readonly numMedia: number;
  readonly sendAt: string | null;
}

/** What would be sent, and in how many segments. Asks no server. Throws `invalid-input`. */
export function previewMessage(input: MessageInput): MessagePreview {
  const { to, from, messagingServiceSid, body: given, mediaUrls, sendAt } = checkMessage(input);
  const body = input.smartEncoded === true ? smartEncode(given) : given;
  return { to, from, messagingServiceSid, body, numMedia: mediaUrls.length, sendAt, ...countSegments(body) };
}

/**
 * Throws `invalid-input` before anything is sent; `refused` with Twilio's code; `unknown-outcome` when the message may
 * have been accepted but could not be found: look for it later, before sending it again.
 */
export async function sendMessage(connection: Connection, input: SendInput): Promise<SentMessage> {
  const checked = checkMessage(input);
  const key = readKey(input.idempotencyKey);
  const windowMinutes = input.duplicateWindowMinutes ?? 0;
  if (windowMinutes > 0) {
    const found = await findSent(connection, checked, () => windowMinutes * 60_000);
    if (found !== null) return { message: found, replayed: true, reconciled: false };
  }
  const startedMs = performance.now();
  const keyed = !connection.isTwilio;
  try {
    return await post(connection, checked.form, { key, repeatable: false, keyed });
  } catch (thrown) {
    if (!(thrown instanceof ActionError) || thrown.kind !== "unknown-outcome") throw thrown;
    return settle(connection, { checked, key, startedMs, lost: thrown });
  }
}

interface Lost {
  readonly checked: CheckedMessage;
  readonly key: string;
  readonly startedMs: number;
  readonly lost: ActionError;
}

/** The first request's fate is not known. A gateway takes the same key again; others are asked for the message. */
async function settle(connection: Connection, { checked, key, startedMs, lost }: Lost): Promise<SentMessage> {
  try {
    if (!connection.isTwilio && (await isGateway(connection))) {
      const sent = await post(connection, checked.form, { key, repeatable: true, keyed: true });
      return { ...sent, reconciled: true };
    }
    // Two seconds for clocks and for the whole seconds of dates; an older message of the same text is another one.
    const message = await findSent(connection, checked, () => performance.now() - startedMs + 2_000);
    if (message !== null) return { message, replayed: false, reconciled: true };
  } catch (thrown) {
    if (!(thrown instanceof ActionError) || isFinal(thrown)) throw thrown;
  }
  throw new ActionError(
    "unknown-outcome",
    `${lost.message} It was not found among the messages either. Look for it again before sending it once more.`,
    lost.facts,
  );
}

/** The repeated request was judged by the server. */
function isFinal({ kind }: ActionError): boolean {
  return kind === "refused" || kind === "aborted";
}

async function post(
  connection: Connection,
  form: Pairs,
  { key, repeatable, keyed }: { readonly key: string; readonly repeatable: boolean; readonly keyed: boolean },
): Promise<SentMessage> {
  const headers = keyed ? { "idempotency-key": key } : {};
  const path = messagesPath(connection);
  const { json, headers: answered } = await call(connection, { method: "POST", path, form, headers, repeatable });
  return { message: readMessage(json), replayed: answered["idempotent-replayed"] === "true", reconciled: false };
}

function readKey(given: string | undefined): string {
  const key = given?.trim() ?? "";
  if (key === "") return randomUUID();
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw invalidInput("The idempotency key must be 1 to 255 visible ASCII characters, without spaces.");
}
