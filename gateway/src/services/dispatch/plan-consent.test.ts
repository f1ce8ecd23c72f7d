// Opt-outs and failover: what somebody has said to one sender must not be got around by another that takes its place.

import { describe, expect, it } from "vitest";
import { defaultRetrySettings } from "../../core/dispatch/retry.ts";
import { poolsOf } from "../../core/dispatch/route.ts";
import { type AccountSid, type MessageSid, newUuid, sidOf, type Uuid } from "../../core/ids.ts";
import type { Attempt } from "../../store/attempts.ts";
import type { ClaimedMessage } from "../../store/queue.ts";
import type { DispatchProvider } from "./account-facts.ts";
import type { MessageFacts } from "./facts.ts";
import { planMessage } from "./plan.ts";

const accountSid = sidOf<AccountSid>("AC", newUuid());
const first = "+12025550100";
const second = "+12025550101";
const optedOut = { kind: "fail", errorCode: 21610 };

function provider(chainPosition: number, defaultFrom: string): DispatchProvider {
  return {
    ...{ accountSid, id: newUuid(), kind: "sandbox", name: "p", config: {}, secrets: {}, sequence: 1n },
    ...{ chainPosition, defaultFrom, defaultSenderId: null, named: [], builtIn: false },
  };
}

const chain = [provider(0, first), provider(1, second)];
const [head, fallback] = chain;

const open: Partial<ClaimedMessage> = { from: null, options: { openSender: true } };

function message(parts: Partial<ClaimedMessage> = open): ClaimedMessage {
  return {
    ...{ accountSid, sid: sidOf<MessageSid>("SM", newUuid()), direction: "outbound-api", status: "queued" },
    ...{ from: null, to: "+12025550142", senderId: null, messagingServiceSid: null, body: "hi", numSegments: 1 },
    ...{
      numMedia: 0,
      statusCallback: null,
      options: {},
      expired: false,
      lateMs: 0,
      claim: 1,
      attempts: 0,
      paced: false,
    },
    ...parts,
  };
}

function facts(optOuts: readonly string[], parts: Partial<MessageFacts> = {}): MessageFacts {
  return {
    account: { active: true, hasUpstreams: false, providers: chain, defaultSenders: [] },
    ...{ owner: null, service: null, pools: null, upstreamOwners: new Set<Uuid>(), history: [], mediaUrls: [] },
    ...{ optOuts: new Set(optOuts), optOutHolders: optOuts.map(() => new Set(head === undefined ? [] : [head.id])) },
    ...{ regionDisabled: false, protection: { kind: "pass" }, sticky: null },
    ...parts,
  };
}

const failedAttempt = (from: string, providerId = head?.id ?? newUuid()): Attempt => ({
  ...{ messageId: newUuid(), attempt: 1, providerId, from, startedAt: new Date(), finishedAt: new Date() },
  ...{ outcome: "next-provider", errorCode: 20003, reason: null, carrierMessageId: null },
});

const rules = (resting: readonly (Uuid | undefined)[] = []) => ({
  retry: defaultRetrySettings,
  isResting: (id: Uuid) => resting.includes(id),
});

describe("a message without a sender of its own", () => {
  it("goes from the first provider's sender, or from the next one's while that rests", () => {
    expect(planMessage(message(), facts([]), rules())).toMatchObject({ kind: "send", route: { from: first } });
    expect(planMessage(message(), facts([]), rules([head?.id]))).toMatchObject({
      kind: "send",
      route: { from: second },
    });
  });

  it("fails after an opt-out from the first one's sender, also while that provider rests", () => {
    expect(planMessage(message(), facts([first]), rules())).toEqual(optedOut);
    expect(planMessage(message(), facts([first]), rules([head?.id]))).toEqual(optedOut);
    expect(planMessage(message(), facts([first]), rules(chain.map(({ id }) => id)))).toEqual(optedOut);
  });

  it("goes past an opt-out from a sender that is not its turn, and fails when it comes to that one", () => {
    expect(planMessage(message(), facts([second]), rules())).toMatchObject({ kind: "send", route: { from: first } });
    const tried = facts([second], { history: [failedAttempt(first)] });
    expect(planMessage(message(), tried, rules())).toEqual(optedOut);
  });

  it("fails after an opt-out from what an earlier attempt was from, whatever the chain is now", () => {
    const moved = { active: true, hasUpstreams: false, providers: chain.slice(1), defaultSenders: [] };
    const stopped = facts([first], { history: [failedAttempt(first)], account: moved });
    expect(planMessage(message(), stopped, rules())).toEqual(optedOut);
    const heard = facts([], { history: [failedAttempt(first)], account: moved });
    expect(planMessage(message(), heard, rules())).toMatchObject({ kind: "send", route: { from: second } });
  });
});

describe("a message whose sender the provider's end picks", () => {
  const byUpstream = [provider(0, sidOf("MG", newUuid())), provider(1, second)];
  const account = { active: true, hasUpstreams: true, providers: byUpstream, defaultSenders: [] };
  const held = (...holders: (Uuid | undefined)[]) => ({
    account,
    optOutHolders: [new Set(holders.filter((id) => id !== undefined))],
  });

  it("fails after an opt-out from any number that this provider has, or that nobody is known to have", () => {
    expect(planMessage(message(), facts([], { account }), rules())).toMatchObject({ kind: "send" });
    expect(planMessage(message(), facts([first], held(byUpstream[0]?.id)), rules())).toEqual(optedOut);
    expect(planMessage(message(), facts([first], held()), rules())).toEqual(optedOut);
    expect(planMessage(message(), facts([first], held(byUpstream[1]?.id)), rules())).toMatchObject({ kind: "send" });
  });

  it("is not sent by the next provider either", () => {
    const history = [failedAttempt(byUpstream[0]?.defaultFrom ?? "", byUpstream[0]?.id)];
    const stopped = facts([first], { ...held(byUpstream[0]?.id), history });
    expect(planMessage(message(), stopped, rules())).toEqual(optedOut);
  });
});

describe("a message to a messaging service", () => {
  const pool = [head, fallback].flatMap((owner, index) =>
    owner === undefined
      ? []
      : [
          {
            id: newUuid(),
            kind: "number" as const,
            address: [first, second][index] ?? "",
            providerId: owner.id,
            country: "",
          },
        ],
  );
  const pools = poolsOf(pool as never, chain, () => new Set());
  const pooled = message({ from: null, messagingServiceSid: sidOf("MG", newUuid()), status: "accepted" });

  it("fails after an opt-out from the number of the pool that was its turn, also while its provider rests", () => {
    expect(planMessage(pooled, facts([], { pools }), rules())).toMatchObject({ kind: "send", route: { from: first } });
    expect(planMessage(pooled, facts([first], { pools }), rules())).toEqual(optedOut);
    expect(planMessage(pooled, facts([first], { pools }), rules([head?.id]))).toEqual(optedOut);
  });
});
