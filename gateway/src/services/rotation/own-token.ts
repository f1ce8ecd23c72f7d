// Rotating an account's own auth token: a secondary one is made at once and given to whoever asked; both authenticate
// until the overlap ends; then it is promoted, unless it was taken away or promoted by hand.

import type { Sealer } from "../../core/credentials/seal.ts";
import { GatewayError } from "../../core/errors.ts";
import { deleteSecondaryToken, promoteSecondaryToken, readSecondaryToken } from "../../store/auth-tokens.ts";
import type { Queryable } from "../../store/database.ts";
import type { ClaimedRotation } from "../../store/rotations.ts";
import type { StepOutcome } from "./provider-steps.ts";

/** Runs in the transaction that stores its outcome. */
export async function runOwnTokenStep(tx: Queryable, sealer: Sealer, rotation: ClaimedRotation): Promise<StepOutcome> {
  const { accountSid, credentials, step } = rotation;
  const current = await readSecondaryToken(tx, sealer, accountSid);
  const isOurs = current !== null && current === credentials?.new?.["authToken"];
  switch (step) {
    case "promote":
      if (!isOurs) return { kind: "give-up", detail: "The secondary token was promoted or deleted by hand." };
      await promoteSecondaryToken(tx, sealer, accountSid);
      return { kind: "done" };
    case "undo":
      if (isOurs) await deleteSecondaryToken(tx, accountSid);
      return { kind: "done" };
    case "overlap":
      return { kind: "done" };
    default:
      throw new GatewayError("internal", "Not a step of rotating an account's own token.", { detail: String(step) });
  }
}
