// How each call refuses, in ZITADEL's codes, texts and ids.

import { Code } from "@connectrpc/connect";
import type { Refusal } from "../errors.ts";

const notFound = (id: string): Refusal => ({ code: Code.NotFound, text: "SMS configuration not found", id });

export const refusals = {
  /** Upstream has no text for it: clients see the key. */
  get: { code: Code.NotFound, text: "Errors.SMSConfig.NotExisting", id: "QUERY-fn99w" },
  limit: { code: Code.InvalidArgument, text: "Limit exceeded", id: "QUERY-4M0fs" },
  updateTwilio: notFound("COMMAND-MUY0IFAf8O"),
  updateToken: notFound("COMMAND-ij3NhEHATp"),
  updateHttp: notFound("COMMAND-6NW4I5Kqzj"),
  activate: notFound("COMMAND-9ULtp9PH5E"),
  isActive: {
    code: Code.FailedPrecondition,
    text: "SMS configuration already active",
    id: "COMMAND-B25GFeIvRi",
  },
  deactivate: notFound("COMMAND-La91dGNhbM"),
  isInactive: {
    code: Code.FailedPrecondition,
    text: "SMS configuration already deactivated",
    id: "COMMAND-OSZAEkYvk7",
  },
  remove: notFound("COMMAND-povEVHPCkV"),
} as const satisfies Readonly<Record<string, Refusal>>;
