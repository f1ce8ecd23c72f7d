import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { messageStatuses } from "./message.ts";
import { isFinal, mayBecome, predecessorsOf } from "./status.ts";

const rank = ["scheduled", "accepted", "queued", "sending", "sent", "delivered", "read"];
const anyStatus = fc.constantFrom(...messageStatuses);

describe("the status machine", () => {
  it("never moves a message back, save from sending into the queue", () => {
    fc.assert(
      fc.property(anyStatus, anyStatus, (from, to) => {
        const forward = rank.indexOf(to) > rank.indexOf(from);
        const back = rank.includes(from) && rank.includes(to) && !forward;
        if (back && mayBecome(from, to)) expect([from, to]).toEqual(["sending", "queued"]);
      }),
    );
  });

  it("lets nothing follow a final status but read after delivered", () => {
    for (const from of messageStatuses.filter(isFinal)) {
      expect(messageStatuses.filter((to) => mayBecome(from, to))).toEqual(from === "delivered" ? ["read"] : []);
    }
  });

  it("ends in one final status however reports are repeated and reordered", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("sent", "delivered", "undelivered", "failed" as const)), (reports) => {
        let status = "sending" as (typeof messageStatuses)[number];
        const finals = new Set<string>();
        for (const report of reports) {
          if (mayBecome(status, report)) status = report;
          if (isFinal(status)) finals.add(status);
        }
        expect(finals.size).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("names as predecessors exactly the statuses that may become it", () => {
    for (const to of messageStatuses) {
      expect(new Set(predecessorsOf(to))).toEqual(new Set(messageStatuses.filter((from) => mayBecome(from, to))));
    }
  });
});
