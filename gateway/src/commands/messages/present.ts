// Messages as the `messages`, `message` and `wait` commands print them.

import type { Message } from "../../../actions/message.ts";
import { messageLine, withoutControls } from "../message-line.ts";
import type { Terminal } from "../terminal.ts";

/** One line of JSON, or one for a person, without the text. */
export function printMessage(message: Message, isJson: boolean, terminal: Terminal): void {
  if (isJson) {
    terminal.out(`${JSON.stringify(message)}\n`);
    return;
  }
  const facts = {
    time: localTime(message.dateCreated).padEnd(19),
    word: withoutControls(message.status),
    sid: withoutControls(message.sid),
    from: withoutControls(message.from ?? ""),
    to: withoutControls(message.to),
    errorCode: message.errorCode === null ? "" : String(message.errorCode),
  };
  const useColour = terminal.columns() !== null && !terminal.env["NO_COLOR"];
  terminal.out(`${messageLine(facts, useColour)}\n`);
}

/** All there is, a line a field; fields that have nothing to say are left out. */
export function printWhole(message: Message, terminal: Terminal): void {
  const fields: readonly (readonly [name: string, value: string | null])[] = [
    ["sid", message.sid],
    ["status", message.status],
    ["error", message.errorCode === null ? null : `${message.errorCode} ${message.errorMessage ?? ""}`],
    ["direction", message.direction],
    ["from", message.from],
    ["to", message.to],
    ["service", message.messagingServiceSid],
    ["segments", message.numSegments],
    ["media", message.numMedia === "0" ? null : message.numMedia],
    ["price", message.price === null ? null : `${message.price} ${message.priceUnit ?? ""}`],
    ["created", localTime(message.dateCreated)],
    ["sent", localTime(message.dateSent)],
    ["updated", localTime(message.dateUpdated)],
  ];
  for (const [name, value] of fields) {
    const shown = withoutControls(value ?? "").trim();
    if (shown !== "") terminal.out(`${name.padEnd(9)}  ${shown}\n`);
  }
  const lines = message.body.split(/\r\n|[\r\n]/).map(withoutControls);
  if (message.body !== "") terminal.out(`${"text".padEnd(9)}  ${lines.join(`\n${" ".repeat(11)}`)}\n`);
}

/** `2026-01-31 09:30:00` where the command runs; empty for null. */
function localTime(iso: string | null): string {
  return iso === null ? "" : new Date(iso).toLocaleString("sv-SE");
}
