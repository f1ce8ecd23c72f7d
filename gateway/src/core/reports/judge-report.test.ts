import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { messageStatuses } from "../messages/message.ts";
import { judgeReport, type ReportedAttempt } from "./judge-report.ts";
import { reportErrorCode, upstreamStatusOf } from "./upstream-status.ts";

const outcomes = [null, "accepted", "adopted", "retry", "next-provider", "refused", "unknown", "lost"] as const;
const statuses = ["taken", "sent", "delivered", "undelivered", "failed", "read"] as const;
const reported = fc.constantFrom(null, "sent", "delivered", "undelivered", "failed", "read" as const);

const attempt = (
  number: number,
  outcome: string | null,
  last: ReportedAttempt["reported"] = null,
): ReportedAttempt => ({
  attempt: number,
  outcome,
  reported: last,
});

const anyMessage = fc
  .record({
    status: fc.constantFrom(...messageStatuses),
    attempts: fc.array(fc.tuple(fc.constantFrom(...outcomes), reported), { minLength: 1, maxLength: 4 }),
  })
  .map(({ status, attempts }) => ({
    status,
    attempts: attempts.map(([outcome, last], index) => attempt(index + 1, outcome, last)),
  }));

describe("a report on an attempt", () => {
  it("of a provider that took it is the message's", () => {
    const message = { status: "sent", attempts: [attempt(1, "accepted")] } as const;
    for (const status of ["delivered", "undelivered", "failed"] as const) {
      expect(judgeReport(message, { attempt: 1, status })).toEqual({
        settles: false,
        status,
        recalls: false,
        reported: status,
      });
    }
  });

  it("whose outcome is open settles it, whatever the report says", () => {
    for (const outcome of [null, "unknown"]) {
      for (const status of statuses.filter((one) => one !== "read")) {
        const verdict = judgeReport({ status: "sending", attempts: [attempt(1, outcome)] }, { attempt: 1, status });
        expect(verdict).toMatchObject({ settles: true, status: status === "taken" ? "sent" : status, recalls: false });
      }
    }
  });

  it("that was given up for lost stops the message from being sent again", () => {
    const message = { status: "queued", attempts: [attempt(1, "lost")] } as const;
    expect(judgeReport(message, { attempt: 1, status: "taken" })).toMatchObject({
      settles: true,
      recalls: true,
      status: "sent",
    });
    expect(judgeReport(message, { attempt: 1, status: "delivered" })).toMatchObject({
      recalls: true,
      status: "delivered",
    });
  });

  it("that failed late does not end what another provider has, until that fails too", () => {
    const attempts = [attempt(1, "lost"), attempt(2, "accepted")];
    expect(judgeReport({ status: "sent", attempts }, { attempt: 1, status: "failed" })).toMatchObject({
      settles: false,
      status: null,
    });
    const both = [attempt(1, "adopted"), attempt(2, "accepted")];
    expect(judgeReport({ status: "sent", attempts: both }, { attempt: 2, status: "undelivered" })?.status).toBeNull();
    const one = [attempt(1, "adopted"), attempt(2, "accepted", "undelivered")];
    expect(judgeReport({ status: "sent", attempts: one }, { attempt: 1, status: "failed" })?.status).toBe("failed");
  });

  it("that does not exist is nothing", () => {
    expect(
      judgeReport({ status: "sent", attempts: [attempt(1, "accepted")] }, { attempt: 2, status: "sent" }),
    ).toBeNull();
  });

  it("with bad news never ends a message while another attempt may arrive, and never recalls one", () => {
    fc.assert(
      fc.property(
        anyMessage,
        fc.nat(3),
        fc.constantFrom("failed", "undelivered" as const),
        (message, index, status) => {
          const verdict = judgeReport(message, { attempt: index + 1, status });
          if (verdict === null) return;
          expect(verdict.recalls).toBe(false);
          if (verdict.status === null) return;
          for (const other of message.attempts.filter((one) => one.attempt !== index + 1)) {
            const mayArrive = other.outcome === null || ["unknown", "accepted", "adopted"].includes(other.outcome);
            if (mayArrive) expect(["failed", "undelivered"]).toContain(other.reported);
          }
        },
      ),
    );
  });
});

describe("an upstream's status", () => {
  it("is known in any letter case, and means something for every status of Twilio's", () => {
    for (const text of ["queued", "accepted", "sending", "scheduled"]) expect(upstreamStatusOf(text)).toBe("taken");
    expect(upstreamStatusOf(" Delivered ")).toBe("delivered");
    expect(upstreamStatusOf("canceled")).toBe("failed");
    expect(["received", "receiving", "", "nonsense"].map(upstreamStatusOf)).toEqual([null, null, null, null]);
  });

  it("has an error code when it is a failure, whatever the upstream says", () => {
    expect(reportErrorCode("undelivered", "30005")).toBe(30005);
    expect(reportErrorCode("failed", 30034)).toBe(30034);
    for (const code of [null, "", "x", "-1", "1e99", "99999999999", 0.5])
      expect(reportErrorCode("failed", code)).toBe(30008);
    expect(reportErrorCode("delivered", "30005")).toBeNull();
  });
});
