// Testing a provider: a real message through it alone, and what comes of it within ten seconds.

import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../core/clock.ts";
import { GatewayError } from "../../core/errors.ts";
import type { AccountSid, MessageSid } from "../../core/ids.ts";
import type { MessageStatus } from "../../core/messages/message.ts";
import type { Provider } from "../../core/providers/provider.ts";
import type { Database } from "../../store/database.ts";
import { findMessageDetail, type MessageDetail } from "../../store/message-detail.ts";
import { listSenders } from "../../store/senders.ts";
import type { Acceptance } from "../acceptance.ts";

export interface ProviderTestDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly acceptance: Acceptance;
}

export interface ProviderTest {
  readonly to: string;
  /** Default: what the provider sends from. */
  readonly from?: string;
  readonly body?: string;
  /** Nobody waits for the outcome any more. */
  readonly isCallerGone: () => boolean;
}

const dispatchRemembersMs = 1_100;
const testWaitMs = 10_000;
const testLookEveryMs = 100;
const testText = "A test message from Trunkline.";

/**
 * The test message once something has come of it, or as it stands after ten seconds. Rejects like acceptance, and with
 * `missing-parameter` (`values.parameter` is `from`) where the provider has no sender.
 */
export async function sendProviderTest(
  deps: ProviderTestDeps,
  provider: Provider,
  { to, from, body = testText, isCallerGone }: ProviderTest,
): Promise<MessageDetail> {
  await delay(unknownForMs(provider, deps.clock.nowMs()));
  const sender = from ?? (await testSender(deps, provider));
  const asked = { to, body, ...(sender === null ? {} : { from: sender }) };
  const { message } = await deps.acceptance.accept(provider.accountSid, asked, { onlyProvider: provider.id });
  return await outcomeOf(deps, provider.accountSid, message.sid, isCallerGone);
}

/** Is anything known of a message with this status? */
function isOutcomeKnown(status: MessageStatus): boolean {
  return known.has(status);
}

const known: ReadonlySet<MessageStatus> = new Set(["sent", "delivered", "read", "failed", "undelivered", "canceled"]);

/** Dispatchers remember an account's providers for a second: until then a new one might be unknown to them. */
function unknownForMs(provider: Provider, nowMs: number): number {
  const ageMs = Math.max(0, nowMs - provider.updatedAt.getTime());
  return Math.max(0, dispatchRemembersMs - ageMs);
}

/** What a test is from when nobody says: as any message through the provider. Null: routing knows. */
async function testSender(
  { db }: ProviderTestDeps,
  { accountSid, id, kind, config }: Provider,
): Promise<string | null> {
  const configured = config["messagingServiceSid"] ?? config["fromNumber"];
  if (typeof configured === "string") return configured;
  const chosen = config["fromNumbers"];
  const knowsByItself = kind === "http" || config["verifyServiceSid"] !== undefined;
  if (knowsByItself || (Array.isArray(chosen) && chosen.length > 0)) return null;
  const senders = chosen === undefined ? await listSenders(db, accountSid) : [];
  const own = senders.find((sender) => sender.providerId === id);
  // A sandbox takes any of the account's.
  const any = own ?? (kind === "sandbox" ? senders[0] : undefined);
  if (any !== undefined) return any.address;
  throw new GatewayError("missing-parameter", "The provider has no sender: name one.", {
    values: { parameter: "from" },
  });
}

async function outcomeOf(
  { db }: ProviderTestDeps,
  accountSid: AccountSid,
  sid: MessageSid,
  isCallerGone: () => boolean,
): Promise<MessageDetail> {
  const deadlineMs = performance.now() + testWaitMs;
  for (;;) {
    const detail = await findMessageDetail(db, accountSid, sid);
    if (detail === null)
      throw new GatewayError("not-found", "The test message was deleted before its outcome was known.");
    if (isOutcomeKnown(detail.message.status) || performance.now() > deadlineMs || isCallerGone()) return detail;
    await delay(testLookEveryMs);
  }
}
