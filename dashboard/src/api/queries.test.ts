import { beforeAll, beforeEach, expect, it, vi } from "vitest";
import { session } from "./session.ts";

const key = ["messages", "AC1"];

let queryClient: typeof import("./queries.ts")["queryClient"];
beforeAll(async () => {
  // A browser's; nothing here is about its window.
  vi.stubGlobal("addEventListener", () => undefined);
  ({ queryClient } = await import("./queries.ts"));
});

beforeEach(() => {
  session.signIn({ kind: "key", key: "first" });
  queryClient.setQueryData(key, "of whoever was signed in");
});

it("forgets what a sign-in has asked for when it ends, whoever ends it", () => {
  session.end();
  session.signIn({ kind: "key", key: "second" });
  expect(queryClient.getQueryData(key)).toBeUndefined();
  queryClient.setQueryData(key, "of whoever was signed in");
  session.signOut();
  expect(queryClient.getQueryData(key)).toBeUndefined();
});

it("keeps it while the same sign-in goes on with new tokens, or looks at another account", () => {
  session.renew({ kind: "key", key: "renewed" });
  session.choose("AC2");
  expect(queryClient.getQueryData(key)).toBe("of whoever was signed in");
});
