// Messages that a provider's upstream brings: attributed to the provider and its account, taken once however often they
// are called in, and stored with the receipt in one transaction.

import type { Clock } from "../../core/clock.ts";
import { GatewayError } from "../../core/errors.ts";
import type { Keyword } from "../../core/keywords/keywords.ts";
import type { ProviderWithSecrets } from "../../core/providers/provider.ts";
import type { Database } from "../../store/database.ts";
import { hasInboundReceipt, insertInboundReceipt } from "../../store/inbound-receipts.ts";
import { findSenderByAddress } from "../../store/senders.ts";
import { adoptUpstreamSenders } from "../../store/upstream-senders.ts";
import type { Inbound } from "./inbound.ts";

/** What an upstream says of a message that it has received. */
export interface UpstreamMessageIn {
  /** The upstream's own id: the same for every call about one message. */
  readonly upstreamId: string;
  readonly from: string;
  readonly to: string;
  readonly body: string;
  readonly mediaUrls: readonly { readonly url: string; readonly contentType: string }[];
  readonly optOutType: Keyword | null;
  readonly places: Readonly<Record<string, string>>;
}

export interface UpstreamInbound {
  /**
   * Resolves after the commit; to `repeated` for a message that was taken before. Rejects with `not-found` when it is to
   * no number of the provider's account; then nothing is stored.
   */
  take(provider: ProviderWithSecrets, message: UpstreamMessageIn): Promise<"stored" | "repeated">;
}

export interface UpstreamInboundDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly inbound: Inbound;
}

export function createUpstreamInbound({ db, clock, inbound }: UpstreamInboundDeps): UpstreamInbound {
  return {
    async take(provider, message) {
      const receipt = { accountSid: provider.accountSid, providerId: provider.id, upstreamId: message.upstreamId };
      if (await hasInboundReceipt(db, receipt)) return "repeated";
      await demandSender(db, provider, message.to);
      let repeated = false;
      try {
        await inbound.receive([arrivalOf(provider, message)], async (tx, [stored]) => {
          if (stored === undefined) return;
          repeated = !(await insertInboundReceipt(tx, receipt, stored.sid, new Date(clock.nowMs())));
          // Another call about the same message was quicker: what this one has stored is rolled back.
          if (repeated) throw new Error("the message was taken before");
        });
      } catch (error) {
        if (!repeated) throw error;
      }
      return repeated ? "repeated" : "stored";
    },
  };
}

/** A number that the upstream is known to have becomes a sender of the account, as at every synchronisation. */
async function demandSender(db: Database, { accountSid, id }: ProviderWithSecrets, to: string): Promise<void> {
  if ((await findSenderByAddress(db, accountSid, to)) !== null) return;
  await db.transaction((tx) => adoptUpstreamSenders(tx, accountSid, id));
  if ((await findSenderByAddress(db, accountSid, to)) !== null) return;
  throw new GatewayError(
    "not-found",
    "'To' is no sender of this account, so nothing was stored. Add it to the account (POST /trunkline/v1/accounts/{sid}/senders), or " +
      "check the provider (POST /trunkline/v1/providers/{id}/check), which takes over the numbers that its upstream has.",
    { values: { to } },
  );
}

function arrivalOf({ accountSid, id, config }: ProviderWithSecrets, message: UpstreamMessageIn) {
  const { upstreamId, optOutType, ...rest } = message;
  return {
    ...rest,
    accountSid,
    providerId: id,
    carrierMessageId: upstreamId,
    keywordReplies: config["keywordReplies"] === "gateway" ? ("gateway" as const) : ("upstream" as const),
    ...(optOutType === null ? {} : { optOutType }),
  };
}
