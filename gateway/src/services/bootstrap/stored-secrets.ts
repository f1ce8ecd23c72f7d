// Checks at the start that the master key opens what the database holds, so that a wrong key stops the gateway at
// once and with a clear word, not at the first message.

import type { Sealer } from "../../core/credentials/seal.ts";
import { GatewayError } from "../../core/errors.ts";
import type { Queryable } from "../../store/database.ts";
import { sampleSealedValues } from "../../store/sealed-values.ts";

/** Rejects with GatewayError `invalid-parameter` unless every key that was ever sealed with is among the sealer's. */
export async function verifyStoredSecrets(db: Queryable, sealer: Sealer): Promise<void> {
  for (const { place, value } of await sampleSealedValues(db)) {
    if (!sealer.knows(value.sealed)) {
      throw new GatewayError(
        "invalid-parameter",
        "The master key does not open the secrets in this database: they were sealed under another one. " +
          "Set TRUNKLINE_MASTER_KEY or TRUNKLINE_MASTER_KEY_FILE to the key that was used before " +
          "(behind the new one, separated by a comma, if you are changing it), or bring back master.key in the data directory.",
      );
    }
    sealer.open(value.sealed, place.contextOf(value.accountId, value.id));
  }
}
