import { describe, expect, it } from "vitest";
import { parseForm } from "./form.ts";
import { presentEnvelope, readPageRequest } from "./paging.ts";

const sid = (digit: number) => `SM${digit.toString(16).padStart(32, "0")}`;
const read = (query: string) => readPageRequest(parseForm(query), "SM", "MM");

describe("readPageRequest", () => {
  it("gives 50 items of the first page by default", () => {
    expect(read("")).toEqual({ pageSize: 50, page: 0, token: null });
  });

  it.each(["0", "-1", "1.5", "abc", "", " 5", "+5", "1e2"])("refuses PageSize=%s", (size) => {
    expect(() => read(`PageSize=${encodeURIComponent(size)}`)).toThrow(
      expect.objectContaining({ code: "invalid-parameter", message: "Invalid PageSize." }),
    );
  });

  it.each(["1001", "99999999999999999999"])("calls PageSize=%s too large", (size) => {
    expect(() => read(`PageSize=${size}`)).toThrow(expect.objectContaining({ code: "page-size-too-large" }));
  });

  it.each(["", "PA", "PASM1", `PX${sid(1)}`, `PAME${"0".repeat(32)}`, sid(1)])("refuses PageToken=%s", (token) => {
    expect(() => read(`PageToken=${token}`)).toThrow(expect.objectContaining({ code: "invalid-page-token" }));
  });

  it("takes a page number for what it is only with a token", () => {
    expect(read("Page=7").page).toBe(0);
    expect(read(`Page=7&PageToken=PA${sid(1)}`).page).toBe(7);
    expect(() => read("Page=-1")).toThrow(expect.objectContaining({ code: "invalid-parameter" }));
  });
});

describe("presentEnvelope", () => {
  const path = "/2010-04-01/Accounts/AC1/Messages.json";
  const filters = [
    ["To", "+123"],
    ["DateSent>", "2008-01-02"],
  ] as const;

  it("echoes filters before the paging parameters, percent-encoded", () => {
    const result = { sids: [sid(2), sid(1)], hasOlder: true, hasNewer: false };
    expect(presentEnvelope(path, filters, read("PageSize=2"), result)).toEqual({
      first_page_uri: `${path}?To=%2B123&DateSent%3E=2008-01-02&PageSize=2&Page=0`,
      uri: `${path}?To=%2B123&DateSent%3E=2008-01-02&PageSize=2&Page=0`,
      next_page_uri: `${path}?To=%2B123&DateSent%3E=2008-01-02&PageSize=2&Page=1&PageToken=PA${sid(1)}`,
      previous_page_uri: null,
      page: 0,
      page_size: 2,
      start: 0,
      end: 1,
    });
  });

  it("points back with PB and the first SID, and counts start and end from the page", () => {
    const result = { sids: [sid(4), sid(3)], hasOlder: false, hasNewer: true };
    const envelope = presentEnvelope(path, [], read(`PageSize=2&Page=2&PageToken=PA${sid(5)}`), result);
    expect(envelope).toMatchObject({ start: 4, end: 5, page: 2, next_page_uri: null });
    expect(envelope["previous_page_uri"]).toBe(`${path}?PageSize=2&Page=1&PageToken=PB${sid(4)}`);
  });

  it("is zero throughout for an empty list", () => {
    const result = { sids: [], hasOlder: false, hasNewer: false };
    expect(presentEnvelope(path, [], read(""), result)).toMatchObject({ start: 0, end: 0, page: 0, page_size: 50 });
  });
});
