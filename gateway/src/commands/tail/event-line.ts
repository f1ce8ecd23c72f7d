// One event as one line for a person, and the filters on it.

import { messageLine, withoutControls } from "../message-line.ts";

export interface LiveEvent {
  readonly id: string;
  readonly type: string;
  /** Null when the event is not about a message. */
  readonly message: {
    readonly sid: string;
    readonly status: string;
    readonly from: string;
    readonly to: string;
    readonly errorCode: string;
  } | null;
}

export interface EventFilter {
  /** Statuses, lower-case; empty: all. */
  readonly statuses: readonly string[];
  /** Recipients, or the beginning of them; empty: all. */
  readonly recipients: readonly string[];
}

/** Null for what is no event of ours. */
export function parseEvent(data: string): LiveEvent | null {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return null;
  }
  if (!isRecord(value) || typeof value["type"] !== "string") return null;
  const message = value["message"];
  return { id: textOf(value["id"]), type: value["type"], message: isRecord(message) ? readMessage(message) : null };
}

function readMessage(message: Readonly<Record<string, unknown>>): LiveEvent["message"] {
  return {
    sid: textOf(message["sid"]),
    status: textOf(message["status"]),
    from: textOf(message["from"]),
    to: textOf(message["to"]),
    errorCode: textOf(message["errorCode"] ?? message["error_code"]),
  };
}

export function matchesFilter(event: LiveEvent, { statuses, recipients }: EventFilter): boolean {
  const status = event.message?.status ?? "";
  const to = event.message?.to ?? "";
  return (
    (statuses.length === 0 || statuses.includes(status)) &&
    (recipients.length === 0 || recipients.some((recipient) => to.startsWith(recipient)))
  );
}

/** `12:00:01.123  delivered    SM…  +1202… → +1202…  30003` in local time. */
export function describeEvent(event: LiveEvent, at: Date, useColour: boolean): string {
  const time = `${[at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":")}.${String(at.getMilliseconds()).padStart(3, "0")}`;
  const { message } = event;
  if (message === null) return `${time}  ${event.type}`;
  // The type says what happened; the status may be further on already.
  const what = event.type.replace(/^message\./, "") || message.status;
  return messageLine({ ...message, time, word: what }, useColour);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  if (typeof value !== "string" && typeof value !== "number") return "";
  return withoutControls(String(value));
}
