// What becomes of the session when a credential is refused, against a server whose answers come in the order that a test wants.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Credential } from "./session.ts";

type Client = typeof import("./client.ts");
type Session = typeof import("./session.ts")["session"];

let server: Server;
let origin: string;
/** What the server takes. */
let taken: string;
let refreshToken: string;
let renewals: string[];
/** Answered only once the gate opens, whatever was decided when they came in. */
let gate: PromiseWithResolvers<void>;
let waiting: PromiseWithResolvers<void>;
let tabs: ReturnType<typeof storage>[];

function storage() {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}

const person = (number: number): Credential => ({
  ...{ kind: "person", accessToken: `access-${number}`, refreshToken: `refresh-${number}`, idToken: null },
});
const token = (authToken: string): Credential => ({ kind: "token", accountSid: "AC1", authToken });
const basicOf = (authToken: string) => `Basic ${btoa(`AC1:${authToken}`)}`;

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return new URLSearchParams(text);
}

async function renew(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const shown = (await readForm(request)).get("refresh_token") ?? "";
  renewals.push(shown);
  if (shown !== refreshToken) {
    response.writeHead(400).end("{}");
    return;
  }
  const next = Number(shown.split("-")[1]) + 1;
  refreshToken = `refresh-${next}`;
  taken = `Bearer access-${next}`;
  const tokens = { access_token: `access-${next}`, refresh_token: refreshToken };
  response.setHeader("content-type", "application/json").end(JSON.stringify(tokens));
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === "/.well-known/openid-configuration") {
    response.end(JSON.stringify({ authorization_endpoint: origin, token_endpoint: `${origin}/token` }));
  } else if (request.url === "/token") await renew(request, response);
  else {
    const { authorization } = request.headers;
    const status = authorization === taken ? 200 : 401;
    if (request.url === "/late" && status === 401) {
      waiting.resolve();
      await gate.promise;
    }
    response.writeHead(status).end(authorization);
  }
}

beforeAll(async () => {
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

beforeEach(() => {
  [renewals, tabs] = [[], []];
  [gate, waiting] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const given = globalThis.fetch;
  // A browser knows what a path is relative to.
  const fetchAt = (input: Request | string, init?: RequestInit) =>
    given(typeof input === "string" ? new URL(input, origin) : input, init);
  vi.stubGlobal("fetch", fetchAt);
  vi.stubGlobal("location", { origin });
  vi.stubGlobal("localStorage", storage());
});
afterEach(() => {
  gate.resolve();
  vi.unstubAllGlobals();
});

interface Tab {
  readonly session: Session;
  readonly ask: (path: string) => Promise<Response>;
}

/** A tab with the client, freshly loaded; a copy of another one has what that had stored. */
async function openTab(copied?: ReadonlyMap<string, string>): Promise<Tab> {
  const own = storage();
  for (const [key, value] of copied ?? []) own.setItem(key, value);
  tabs.push(own);
  vi.stubGlobal("sessionStorage", own);
  vi.resetModules();
  const { session } = await import("./session.ts");
  const { authorizedFetch }: Client = await import("./client.ts");
  return { session, ask: (path) => authorizedFetch(new Request(`${origin}${path}`)) };
}

async function signedIn(credential: Credential): Promise<Tab> {
  const tab = await openTab();
  tab.session.signIn(credential);
  return tab;
}

describe("a credential that is refused", () => {
  it("is renewed once for everything that was asked with it, also for what is refused only after the renewal", async () => {
    [taken, refreshToken] = ["Bearer access-2", "refresh-1"];
    const { session, ask } = await signedIn(person(1));
    const late = ask("/late");
    await waiting.promise;
    const together = await Promise.all([ask("/one"), ask("/two")]);
    gate.resolve();
    expect([...together, await late].map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(renewals).toEqual(["refresh-1"]);
    expect(session.get().credential).toEqual(person(2));
  });

  it("does not end the session when another one has taken its place meanwhile, with which it is asked again", async () => {
    taken = basicOf("new");
    const { session, ask } = await signedIn(token("old"));
    const late = ask("/late");
    await waiting.promise;
    session.renew(token("new"));
    gate.resolve();
    const response = await late;
    expect([response.status, await response.text()]).toEqual([200, basicOf("new")]);
    expect(session.get()).toMatchObject({ credential: token("new"), ended: false });
  });

  it("is never asked again as whoever signed in meanwhile, whose session goes on", async () => {
    taken = basicOf("theirs");
    const { session, ask } = await signedIn(token("mine"));
    const late = ask("/late");
    await waiting.promise;
    session.signOut();
    session.signIn(token("theirs"));
    gate.resolve();
    expect((await late).status).toBe(401);
    expect(session.get()).toMatchObject({ credential: token("theirs"), ended: false });
  });

  it("ends the session when nothing can take its place", async () => {
    [taken, refreshToken] = ["Bearer access-9", "refresh-9"];
    for (const credential of [token("old"), person(1)]) {
      const { session, ask } = await signedIn(credential);
      expect((await ask("/one")).status).toBe(401);
      expect(session.get()).toMatchObject({ credential: null, ended: true });
    }
  });

  it("is not renewed by a copy of the tab that has done so, which would end it for both", async () => {
    [taken, refreshToken] = ["Bearer access-2", "refresh-1"];
    const first = await signedIn(person(1));
    const copy = await openTab(new Map(tabs[0]?.kept));
    expect(copy.session.get().credential).toEqual(person(1));
    const statuses = await Promise.all([first.ask("/one"), copy.ask("/two")]);
    expect(statuses.map(({ status }) => status).toSorted()).toEqual([200, 401]);
    expect(renewals).toEqual(["refresh-1"]);
    const goesOn = [first, copy].filter(({ session }) => session.get().credential !== null);
    expect(goesOn.map(({ session }) => session.get().credential)).toEqual([person(2)]);
  });
});
