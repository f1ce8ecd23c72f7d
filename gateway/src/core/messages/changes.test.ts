import { describe, expect, it } from "vitest";
import { cancelableStatuses, readChange } from "./changes.ts";
import { mayBecome } from "./status.ts";

describe("readChange", () => {
  it("redacts for an empty body, cancels for canceled, and does both or neither when asked", () => {
    expect(readChange({ body: "" })).toEqual({ cancel: false, redact: true });
    expect(readChange({ status: "canceled" })).toEqual({ cancel: true, redact: false });
    expect(readChange({ body: "", status: "canceled" })).toEqual({ cancel: true, redact: true });
    expect(readChange({})).toEqual({ cancel: false, redact: false });
  });

  it.each([{ body: "new text" }, { body: " " }, { status: "" }, { status: "delivered" }, { status: "CANCELED" }])(
    "refuses %o",
    (request) => {
      expect(() => readChange(request)).toThrow(expect.objectContaining({ code: "invalid-parameter" }));
    },
  );
});

describe("cancelableStatuses", () => {
  it("are statuses from which the status machine lets a message be canceled", () => {
    expect(cancelableStatuses.every((status) => mayBecome(status, "canceled"))).toBe(true);
    expect(cancelableStatuses).toContain("scheduled");
  });
});
