// The guarantees of the carrier port, as tests that run over every implementation. A setup brings a carrier with a
// provider that can be made to misbehave, and the provider's own word on what it took.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Carrier, CarrierProvider, Handover } from "../../src/carriers/carrier.ts";
import { type MessageSid, newUuid, sidOf } from "../../src/core/ids.ts";

/** How the provider is made to answer. `slow`: later than the test waits. */
export type ProviderBehaviour = "accepts" | "retry" | "refuses" | "takes-then-silent" | "silent" | "slow";

export interface CarrierFixture {
  readonly carrier: Carrier;
  readonly provider: CarrierProvider;
  /** A sender that the provider lets through. */
  readonly from: string;
  /** Can the provider be asked what it has? Default true; if not, a lookup tells only what the carrier saw itself. */
  readonly canLookUp?: false;
  /** A recipient, new with each call, for which the provider behaves like that from now on. */
  recipient(behaviour: ProviderBehaviour): Promise<string>;
  /** How often the provider took a message with this recipient and body, by its own record. */
  taken(handover: Handover): Promise<number>;
  close(): Promise<void>;
}

export function describeCarrier(name: string, setup: () => Promise<CarrierFixture>): void {
  describe(`carrier ${name}`, () => {
    let fixture: CarrierFixture;
    const never = new AbortController().signal;
    beforeAll(async () => {
      fixture = await setup();
    });
    afterAll(() => fixture.close());

    async function handoverTo(behaviour: ProviderBehaviour): Promise<Handover> {
      return newHandover(fixture, await fixture.recipient(behaviour));
    }
    const send = (handover: Handover, signal = never) => fixture.carrier.send(fixture.provider, handover, signal);
    const lookup = (handover: Handover, signal = never) => fixture.carrier.lookup(fixture.provider, handover, signal);

    it("an accepted message is with the provider once, under the id that was answered", async () => {
      const handover = await handoverTo("accepts");
      const outcome = await send(handover);
      expect(outcome).toEqual({ kind: "accepted", carrierMessageId: expect.stringMatching(/./) });
      expect(await fixture.taken(handover)).toBe(1);
      expect(await lookup(handover)).toEqual({ ...outcome, kind: "found" });
    });

    it("never de-duplicates: a second attempt is a second message", async () => {
      const first = await handoverTo("accepts");
      const second = { ...first, attempt: 2 };
      const outcomes = [await send(first), await send(second)];
      expect(outcomes.map((outcome) => outcome.kind)).toEqual(["accepted", "accepted"]);
      expect(await fixture.taken(second)).toBe(2);
    });

    it("what was refused for now is a retry with an error code, and the provider took nothing", async () => {
      const handover = await handoverTo("retry");
      const outcome = await send(handover);
      expect(outcome).toMatchObject({
        kind: "retry",
        errorCode: expect.any(Number),
        reason: expect.stringMatching(/./),
      });
      expect(await fixture.taken(handover)).toBe(0);
      expect(await lookup(handover)).toEqual({ kind: "absent" });
    });

    it("a recipient at fault is refused for good with the provider's code", async () => {
      const handover = await handoverTo("refuses");
      expect(await send(handover)).toMatchObject({ kind: "refused", errorCode: 21614 });
      expect(await fixture.taken(handover)).toBe(0);
    });

    it("a lost acknowledgement is an unknown outcome, and the lookup finds the message or cannot tell", async () => {
      const handover = await handoverTo("takes-then-silent");
      expect(await send(handover)).toMatchObject({ kind: "unknown", reason: expect.stringMatching(/./) });
      expect(await fixture.taken(handover)).toBe(1);
      const found = { kind: "found", carrierMessageId: expect.stringMatching(/./) };
      expect(await lookup(handover)).toEqual(fixture.canLookUp === false ? cannotBeAsked : found);
    });

    it("an answer that never came for a message never taken is unknown, and the lookup finds nothing or cannot tell", async () => {
      const handover = await handoverTo("silent");
      expect(await send(handover)).toMatchObject({ kind: "unknown" });
      expect(await fixture.taken(handover)).toBe(0);
      expect(await lookup(handover)).toEqual(fixture.canLookUp === false ? cannotBeAsked : { kind: "absent" });
    });

    it("a hand-over that is canceled before it begins reaches nobody", async () => {
      const handover = await handoverTo("accepts");
      expect(await send(handover, AbortSignal.abort())).toMatchObject({ kind: "retry" });
      expect(await fixture.taken(handover)).toBe(0);
    });

    it("a hand-over that is canceled while it waits ends at once, never as accepted or refused", async () => {
      const handover = await handoverTo("slow");
      const controller = new AbortController();
      const sending = send(handover, controller.signal);
      setImmediate(() => controller.abort());
      const outcome = await sending;
      expect(["retry", "unknown"]).toContain(outcome.kind);
      if (outcome.kind === "retry") expect(await fixture.taken(handover)).toBe(0);
    });

    it("nothing follows from absence once the provider has been moved: nobody will ever know", async () => {
      const handover = { ...(await handoverTo("silent")), startedAt: new Date(Date.now() - 600_000) };
      for (const afterMs of [1, -1]) {
        const upstreamSince = new Date(handover.startedAt.getTime() + afterMs);
        const answer = await fixture.carrier.lookup({ ...fixture.provider, upstreamSince }, handover, never);
        expect(answer).toEqual(cannotBeAsked);
      }
    });

    it("a canceled lookup cannot tell", async () => {
      const handover = await handoverTo("accepts");
      expect(await lookup(handover, AbortSignal.abort())).toMatchObject({ kind: "cannot-tell" });
    });

    it("hand-overs at the same time stay apart: each gets an id of its own and is found under it", async () => {
      const handovers = await Promise.all(Array.from({ length: 40 }, () => handoverTo("accepts")));
      const outcomes = await Promise.all(handovers.map((handover) => send(handover)));
      const ids = outcomes.map((outcome) => (outcome.kind === "accepted" ? outcome.carrierMessageId : outcome.kind));
      expect(new Set(ids).size).toBe(handovers.length);
      const found = await Promise.all(handovers.map((handover) => lookup(handover)));
      expect(found).toEqual(ids.map((carrierMessageId) => ({ kind: "found", carrierMessageId })));
    });
  });
}

const cannotBeAsked = { kind: "cannot-tell", reason: expect.stringMatching(/./), final: true };

function newHandover(fixture: CarrierFixture, to: string): Handover {
  const id = newUuid();
  return {
    accountSid: fixture.provider.accountSid,
    messageSid: sidOf<MessageSid>("SM", id),
    attempt: 1,
    from: fixture.from,
    to,
    body: `Your code is ${id}`,
    mediaUrls: [],
    numSegments: 1,
    startedAt: new Date(),
    sendUntilMs: Number.POSITIVE_INFINITY,
  };
}
