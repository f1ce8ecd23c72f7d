// A message as one line for a person, and text of strangers made fit for a terminal.

export interface LineFacts {
  /** When, as it is to be shown. */
  readonly time: string;
  /** What happened to the message, or its status. */
  readonly word: string;
  readonly sid: string;
  /** Empty: not known, as for the next two. */
  readonly from: string;
  readonly to: string;
  readonly errorCode: string;
}

const colours: Readonly<Record<string, string>> = {
  delivered: "32",
  read: "32",
  failed: "31",
  undelivered: "31",
  canceled: "33",
  received: "36",
};

/** `12:00:01.123  delivered    SM…  +1202… → +1202…  30003`; the facts must be free of control characters. */
export function messageLine({ time, word, sid, from, to, errorCode }: LineFacts, useColour: boolean): string {
  const colour = useColour ? colours[word] : undefined;
  const padded = word.padEnd(11);
  const shown = colour === undefined ? padded : `\u001b[${colour}m${padded}\u001b[0m`;
  const route = `${from || "(sender not picked)"} → ${to}`;
  return `${time}  ${shown}  ${sid}  ${route}${errorCode === "" ? "" : `  ${errorCode}`}`;
}

/** Without control characters: a terminal would obey them. */
export function withoutControls(text: string): string {
  return text.replace(/\p{Cc}/gu, "");
}
