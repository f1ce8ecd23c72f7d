// The gateway's log: one pino logger, JSON lines on stdout, readable lines on a terminal. It must never carry a
// secret or a message body: known fields are masked, and of an error only what cannot quote a row is kept
// (a PostgreSQL error's `detail` holds the values of the row that failed).

import { type DestinationStream, destination, type LevelWithSilent, type Logger, type LoggerOptions, pino } from "pino";
import { GatewayError } from "../core/errors.ts";

export interface LogOptions {
  readonly level: LevelWithSilent;
  /** Readable lines instead of JSON. Default: is stdout a terminal? */
  readonly pretty?: boolean;
  /** Where lines go. Default: stdout, written at once so that a crash loses none. */
  readonly stream?: { write(line: string): void };
}

const secretFields = [
  "authorization",
  "cookie",
  "authToken",
  "secondaryAuthToken",
  "apiKeySecret",
  "accessKey",
  "secret",
  "secrets",
  "clientSecret",
  "masterKey",
  "password",
  "token",
  "body",
  "Body",
];

/** `field` at the top of a log object and one and two levels below it. */
const redactedPaths = secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);

export function createLog(options: LogOptions): Logger {
  const pretty = options.pretty ?? (options.stream === undefined && process.stdout.isTTY === true);
  const target = options.stream ?? destination({ dest: 1, sync: true });
  const pinoOptions: LoggerOptions = {
    level: options.level,
    base: null,
    redact: { paths: redactedPaths, censor: "[hidden]" },
    serializers: { err: presentError, error: presentError },
  };
  return pino(pinoOptions, pretty ? readable(target) : target);
}

/** What of an error may be logged: never the extra fields that drivers and clients hang on it. */
function presentError(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return { message: String(thrown) };
  const code: unknown = "code" in thrown ? thrown.code : undefined;
  return {
    type: thrown.name,
    message: thrown.message,
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    ...(thrown instanceof GatewayError && thrown.detail !== undefined ? { detail: thrown.detail } : {}),
    stack: thrown.stack,
    ...(thrown.cause === undefined ? {} : { cause: presentError(thrown.cause) }),
  };
}

const levelNames: Readonly<Record<number, string>> = {
  10: "TRACE",
  20: "DEBUG",
  30: "INFO ",
  40: "WARN ",
  50: "ERROR",
  60: "FATAL",
};

function readable(target: { write(line: string): void }): DestinationStream {
  return { write: (line: string) => target.write(readableLine(line)) };
}

/** `14:03:22.123 INFO  message key=value …`, an error's stack on the lines below. */
export function readableLine(line: string): string {
  const { level, time, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const at = typeof time === "number" ? new Date(time).toISOString().slice(11, 23) : "";
  const fields = Object.entries(rest).map(([key, value]) => ` ${key}=${printed(value)}`);
  const stack = isRecord(err) ? `\n    ${String(err["stack"] ?? err["message"]).replaceAll("\n", "\n    ")}` : "";
  return `${at} ${levelNames[Number(level)] ?? level} ${msg ?? ""}${fields.join("")}${stack}\n`;
}

function printed(value: unknown): string {
  return typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
