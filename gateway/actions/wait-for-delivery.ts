// Waits until a message has been delivered or has failed, by asking again and again, ever less often. A message may
// never be reported on: then the time runs out, which is an answer, too.

import type { Connection } from "./connection.ts";
import { invalidInput } from "./errors.ts";
import { pause } from "./http/retry.ts";
import type { Message } from "./message.ts";
import { getMessage } from "./messages.ts";

export interface WaitInput {
  readonly sid: string;
  /** 1 to 840. Default 60. */
  readonly timeoutSeconds?: number | undefined;
  /** The first wait between two looks; grows to 15 s. Default 2. */
  readonly intervalSeconds?: number | undefined;
  /** `sent`: that a carrier took it is enough, since not every carrier reports. Default `delivered`. */
  readonly until?: "delivered" | "sent" | undefined;
}

export type DeliveryOutcome = "delivered" | "failed" | "timed-out";

export interface Delivery {
  readonly outcome: DeliveryOutcome;
  /** As it was seen last. */
  readonly message: Message;
  readonly waitedSeconds: number;
}

const LONGEST_TIMEOUT_SECONDS = 840;
const LONGEST_INTERVAL_MS = 15_000;

export async function waitForDelivery(connection: Connection, input: WaitInput): Promise<Delivery> {
  const { sid, timeoutSeconds = 60, intervalSeconds = 2, until = "delivered" } = input;
  if (!(timeoutSeconds >= 1 && timeoutSeconds <= LONGEST_TIMEOUT_SECONDS)) {
    throw invalidInput(`The timeout must be 1 to ${LONGEST_TIMEOUT_SECONDS} seconds.`);
  }
  if (!(intervalSeconds > 0)) throw invalidInput("The interval must be more than 0 seconds.");
  const startedMs = performance.now();
  const endsMs = startedMs + timeoutSeconds * 1000;
  let intervalMs = Math.min(intervalSeconds * 1000, LONGEST_INTERVAL_MS);
  for (;;) {
    const message = await getMessage(connection, sid);
    const outcome = outcomeOf(message, until);
    const nowMs = performance.now();
    const waitedSeconds = Math.round((nowMs - startedMs) / 100) / 10;
    if (outcome !== null) return { outcome, message, waitedSeconds };
    if (nowMs >= endsMs) return { outcome: "timed-out", message, waitedSeconds };
    await pause(Math.min(intervalMs, endsMs - nowMs), connection.signal);
    intervalMs = Math.min(intervalMs * 1.5, LONGEST_INTERVAL_MS);
  }
}

/** Null: nothing is decided yet. */
function outcomeOf({ status, direction }: Message, until: "delivered" | "sent"): DeliveryOutcome | null {
  if (direction === "inbound") throw invalidInput("The message came in: there is no delivery to wait for.");
  if (status === "delivered" || status === "read") return "delivered";
  if (status === "failed" || status === "undelivered" || status === "canceled") return "failed";
  return status === "sent" && until === "sent" ? "delivered" : null;
}
