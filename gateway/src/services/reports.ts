// The contract of delivery reports: a carrier's later words, applied in batches. See dispatch/ for the work.

import type { DeliveryReport } from "../carriers/carrier.ts";
import type { Queryable } from "../store/database.ts";

export interface Reports {
  /**
   * Applies reports inside the caller's transaction: status, event and callback rows. Late, repeated and
   * reordered reports change nothing (the status machine decides). Unknown messages are ignored.
   */
  apply(tx: Queryable, reports: readonly DeliveryReport[]): Promise<void>;
}
