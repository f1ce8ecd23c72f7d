// What the load generator knows: every request that it made and what it was told. Each has a body of its own, by which
// its message is recognised even when the answer never came.

export interface LedgerEntry {
  readonly body: string;
  readonly to: string;
  /** Its Idempotency-Key; without one it is never repeated. */
  readonly key: string | null;
  /** From the 201; null while there was none. */
  sid: string | null;
  /** An answer was lost or said "try again": the message may be stored or not. */
  uncertain: boolean;
}

export interface Ledger {
  readonly entries: LedgerEntry[];
  /** What must never happen, in words. */
  readonly violations: string[];
  created: number;
  /** The connection broke, or the answer never came. */
  lostAnswers: number;
  /** Nobody listened, so nothing was sent. */
  refusedConnections: number;
  /** Answers 503 and 429. */
  putOff: number;
  /** Answers to repeated requests that gave the message of the first. */
  replays: number;
  slowestMs: number;
}

export function createLedger(): Ledger {
  return {
    entries: [],
    violations: [],
    created: 0,
    lostAnswers: 0,
    refusedConnections: 0,
    putOff: 0,
    replays: 0,
    slowestMs: 0,
  };
}

/** Notes a 201. A repeated request must get the message that it got before. */
export function noteCreated(ledger: Ledger, entry: LedgerEntry, sid: string, replayed: boolean): void {
  if (entry.sid !== null && entry.sid !== sid) {
    ledger.violations.push(`key ${entry.key}: first ${entry.sid}, then ${sid}`);
  }
  if (entry.sid === null) ledger.created += 1;
  if (replayed) ledger.replays += 1;
  else if (entry.sid !== null) ledger.violations.push(`${sid}: a repeat was not marked as replayed`);
  entry.sid = sid;
}
