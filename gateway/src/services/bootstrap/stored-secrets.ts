// Checks at the start that the master key opens what the database holds, so that a wrong key stops the gateway at
// once and with a clear word, not at the first message.

import { SEAL_HEADER_BYTES, type Sealer } from "../../core/credentials/seal.ts";
import { GatewayError } from "../../core/errors.ts";
import { accessTokenKeyContext } from "../../store/access-token-keys.ts";
import { awsContext } from "../../store/account-credentials.ts";
import { tokenContext } from "../../store/accounts.ts";
import { type SealedSample, sampleSealedValues } from "../../store/credentials.ts";
import type { Queryable } from "../../store/database.ts";
import { endpointKeyContext } from "../../store/endpoint-keys.ts";
import { providerSecretsContext } from "../../store/providers.ts";
import { signingKeyContext } from "../../store/signing-keys.ts";

function contextOf({ kind, accountId, id }: SealedSample): string {
  if (kind === "provider") return providerSecretsContext(accountId, id);
  if (kind === "access-token-key") return accessTokenKeyContext(id);
  if (kind === "signing-key") return signingKeyContext(id);
  if (kind === "aws") return awsContext(accountId, id);
  if (kind === "endpoint-key") return endpointKeyContext(accountId, id);
  return tokenContext(accountId, kind === "token" ? "primary" : "secondary");
}

/** Rejects with GatewayError `invalid-parameter` unless every key that was ever sealed with is among the sealer's. */
export async function verifyStoredSecrets(db: Queryable, sealer: Sealer): Promise<void> {
  for (const sample of await sampleSealedValues(db, SEAL_HEADER_BYTES)) {
    if (!sealer.knows(sample.sealed)) {
      throw new GatewayError(
        "invalid-parameter",
        "The master key does not open the secrets in this database: they were sealed under another one. " +
          "Set TRUNKLINE_MASTER_KEY or TRUNKLINE_MASTER_KEY_FILE to the key that was used before " +
          "(behind the new one, separated by a comma, if you are changing it), or bring back master.key in the data directory.",
      );
    }
    sealer.open(sample.sealed, contextOf(sample));
  }
}
