// What the sandbox carrier needs from outside: its own record (what was handed to it, and the reports it owes) and the
// fault rules in force. The carrier keeps no state of its own.

import type { AccountSid, MessageSid, Uuid } from "../../core/ids.ts";
import type { FaultInjector } from "../../core/sandbox/faults.ts";
import type { Handover } from "../carrier.ts";

/** One hand-over that the sandbox took. */
export interface HandsetDelivery {
  readonly accountSid: AccountSid;
  /** The sandbox's own id of it: the carrier message id. UUIDv7. */
  readonly id: Uuid;
  readonly messageSid: MessageSid;
  readonly attempt: number;
  readonly from: string;
  readonly to: string;
  readonly body: string;
  readonly mediaUrls: readonly string[];
  /** Not null: it is fated never to reach the handset. */
  readonly errorCode: number | null;
  readonly at: Date;
  /** When the attempt was stored: long after it, somebody else may have taken the attempt for lost. */
  readonly startedAt: Date;
  readonly reports: readonly PlannedReport[];
}

/** A delivery report that the sandbox owes. */
export interface PlannedReport {
  readonly status: "sent" | "delivered" | "undelivered";
  readonly errorCode: number | null;
  /** Milliseconds since the Unix epoch. */
  readonly dueAtMs: number;
}

export interface SandboxRecord {
  /**
   * Resolves once the delivery and its reports are committed. Rejects, without writing it, when it comes too late. Never
   * de-duplicates: a second hand-over is a second row.
   */
  write(delivery: HandsetDelivery): Promise<void>;
  /** The id of the first record of this attempt; null if there is none. */
  find(handover: Handover): Promise<Uuid | null>;
}

export interface FaultSource {
  /** The account's rules in force; not a promise when they are at hand. */
  of(accountSid: AccountSid): FaultInjector | Promise<FaultInjector>;
}

export interface SandboxSettings {
  /** From the hand-over to the delivery report; 0 in benches and tests. */
  readonly deliveryMs: number;
  /** The delay varies by as much in both directions, repeatably (see the fault rules' seed). */
  readonly deliveryJitterMs: number;
}
