// `trunkline send --to`: one message, and with --wait what became of it.

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Answer,
  createGatewayClient,
  type FormFields,
  type GatewayClient,
  type SentMessage,
} from "../client/gateway-client.ts";
import { withRetries } from "../client/retry.ts";
import type { Credentials } from "../credentials.ts";
import { type ExitCode, exitCodes, failure } from "../failure.ts";
import { onStopSignals, type Terminal } from "../terminal.ts";
import { previewOne } from "./preview-one.ts";
import type { MessageDefaults } from "./row-request.ts";

export interface OneOptions {
  readonly to: string;
  readonly message: MessageDefaults;
  readonly idempotencyKey?: string;
  readonly wait: boolean;
  readonly timeoutMs: number;
  readonly retryForMs: number;
  /** Only tell what would be sent. */
  readonly dryRun: boolean;
  readonly json: boolean;
}

const POLL_MS = 250;
const ended: ReadonlySet<string> = new Set(["delivered", "undelivered", "failed", "read", "canceled"]);
const badEnds: ReadonlySet<string> = new Set(["undelivered", "failed", "canceled"]);

export async function sendOne(options: OneOptions, credentials: Credentials, terminal: Terminal): Promise<ExitCode> {
  const from = senderOf(options, credentials);
  if (options.dryRun) return previewOne({ ...options, from }, terminal);
  const form = formOf(options, from);
  const key = options.idempotencyKey ?? `cli-${randomUUID()}`;
  const client = createGatewayClient(credentials, 1);
  const interrupt = new AbortController();
  const stopListening = onStopSignals(
    () => interrupt.abort(),
    () => process.exit(exitCodes.interrupted),
  );
  const budget = {
    retryForMs: options.retryForMs,
    signal: interrupt.signal,
    onRetry: (later: { reason: string }) => terminal.note(`Trying again: ${later.reason}\n`),
  };
  try {
    const answer = await withRetries(() => client.createMessage(form, key), budget);
    if (answer === "stopped") return exitCodes.interrupted;
    const { message, replayed } = expectAccepted(answer);
    tell(message, options, terminal, replayed ? "accepted before; not sent again" : undefined);
    if (!options.wait) return exitCodes.ok;
    return await waitForEnd(client, message, options, terminal, interrupt.signal);
  } finally {
    stopListening();
    await client.close();
  }
}

async function waitForEnd(
  client: GatewayClient,
  first: SentMessage,
  options: OneOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitCode> {
  const deadlineMs = performance.now() + options.timeoutMs;
  let message = first;
  while (!ended.has(message.status)) {
    if (performance.now() > deadlineMs) {
      terminal.note(
        `Still ${message.status} after ${options.timeoutMs / 1000} s; the gateway goes on without this command.\n`,
      );
      return message.status === "sent" ? exitCodes.ok : exitCodes.someFailed;
    }
    const answer = await withRetries(() => client.fetchMessage(message.sid), {
      retryForMs: options.retryForMs,
      signal,
    });
    if (answer === "stopped" || signal.aborted) return exitCodes.interrupted;
    const { message: now } = expectAccepted(answer);
    if (now.status !== message.status) tell(now, options, terminal);
    message = now;
    if (!ended.has(now.status)) await sleep(POLL_MS);
  }
  return badEnds.has(message.status) ? exitCodes.someFailed : exitCodes.ok;
}

function expectAccepted(answer: Answer): Extract<Answer, { kind: "accepted" }> {
  if (answer.kind === "accepted") return answer;
  if (answer.kind === "hopeless") throw failure(exitCodes.unreachable, answer.reason);
  if (answer.kind === "later" && answer.status !== 429) throw failure(exitCodes.unreachable, answer.reason);
  throw failure(exitCodes.someFailed, `Not accepted: ${answer.reason} (${answer.code})`);
}

/** Undefined: the messaging service picks one. */
function senderOf({ message }: OneOptions, { phoneNumbers }: Credentials): string | undefined {
  const from = message.from ?? (message.service === undefined ? phoneNumbers[0] : undefined);
  if (from !== undefined || message.service !== undefined) return from;
  throw failure(exitCodes.usage, "No sender: give --from or --service.");
}

function formOf({ to, message }: OneOptions, from: string | undefined): FormFields {
  const form: (readonly [string, string | undefined])[] = [
    ["To", to],
    ["From", from],
    ["MessagingServiceSid", message.service],
    ["Body", message.body],
    ...(message.media ?? []).map((url) => ["MediaUrl", url] as const),
    ["StatusCallback", message.statusCallback],
    ["ValidityPeriod", message.validity],
    ["SendAt", message.sendAt],
    ["ScheduleType", message.sendAt === undefined ? undefined : "fixed"],
    ["SmartEncoded", message.smartEncode === true ? "true" : undefined],
  ];
  return form.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

function tell(message: SentMessage, options: OneOptions, terminal: Terminal, remark?: string): void {
  if (options.json) {
    terminal.out(`${JSON.stringify({ ...message, to: options.to })}\n`);
    return;
  }
  const segments = message.segments > 0 ? `${message.segments} segment${message.segments === 1 ? "" : "s"}` : undefined;
  const error = message.errorCode === null ? undefined : `${message.errorCode} ${message.errorMessage ?? ""}`.trim();
  const details = [segments, error, remark].filter((part) => part !== undefined).join(", ");
  terminal.out(
    `${message.sid}  ${message.status.padEnd(11)}  ${options.to}${details === "" ? "" : `  (${details})`}\n`,
  );
}
