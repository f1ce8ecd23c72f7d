// OAuth 2 access tokens for providers that want one: client credentials (RFC 6749 4.4) and JWT bearer (RFC 7523). Kept per
// provider until shortly before they expire; one request at a time fetches a new one, however many hand-overs wait for it.

import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Clock } from "../../core/clock.ts";
import type { Exchange } from "./exchange.ts";
import { orAborted } from "./or-aborted.ts";
import {
  askForToken,
  type ClientAuthenticationMethod,
  type TokenAnswer,
  type TokenFailure,
  type TokenQuestion,
} from "./token-request.ts";

export interface AccessToken {
  readonly kind: "token";
  readonly token: string;
  /** Fetched for this call, not found in store. */
  readonly fresh: boolean;
  readonly clientAuthenticationMethod: ClientAuthenticationMethod;
}

export interface Tokens {
  /** `fresh`: never one from the store. Never rejects. */
  get(question: TokenQuestion, signal: AbortSignal, fresh?: boolean): Promise<AccessToken | TokenFailure>;
  /** The provider does not take this token any more. */
  drop(question: TokenQuestion, token: string): void;
}

interface Kept {
  readonly answer: TokenAnswer;
  readonly untilMs: number;
}

const providersMax = 5_000;
/** A token that is about to expire would do so on its way. */
const marginShare = 0.1;
const marginMaxMs = 60_000;

export function createTokens({ exchange, clock }: { readonly exchange: Exchange; readonly clock: Clock }): Tokens {
  const kept = new LRUCache<string, Kept>({ max: providersMax });
  const fetching = new Map<string, Promise<TokenAnswer | TokenFailure>>();

  /** One request for all who wait: none of them can end it, it ends by itself. */
  function fetchToken(key: string, question: TokenQuestion): Promise<TokenAnswer | TokenFailure> {
    const underWay = fetching.get(key);
    if (underWay !== undefined) return underWay;
    const fetched = askForToken(exchange, question, kept.get(key)?.answer.clientAuthenticationMethod)
      .then((answer) => {
        if (answer.kind === "token") kept.set(key, { answer, untilMs: clock.nowMs() + usableMs(answer) });
        return answer;
      })
      .finally(() => fetching.delete(key));
    fetching.set(key, fetched);
    return fetched;
  }

  return {
    async get(question, signal, fresh = false) {
      const key = keyOf(question);
      const known = fresh ? undefined : kept.get(key);
      if (known !== undefined && clock.nowMs() < known.untilMs) return tokenOf(known.answer, false);
      const answer = await orAborted<TokenAnswer | TokenFailure>(fetchToken(key, question), signal, givenUp);
      return answer.kind === "token" ? tokenOf(answer, true) : answer;
    },
    drop(question, token) {
      const key = keyOf(question);
      const known = kept.get(key);
      // the way of authenticating stays known
      if (known?.answer.token === token) kept.set(key, { ...known, untilMs: 0 });
    },
  };
}

function tokenOf({ token, clientAuthenticationMethod }: TokenAnswer, fresh: boolean): AccessToken {
  return { kind: "token", token, fresh, clientAuthenticationMethod };
}

function usableMs({ expiresInMs }: TokenAnswer): number {
  return expiresInMs - Math.min(marginMaxMs, expiresInMs * marginShare);
}

/** Changes with whatever the token depends on: a token of old credentials is never used with new ones. */
function keyOf({ provider, oauth, certificate }: TokenQuestion): string {
  const { clientSecret, assertion } = provider.secrets;
  const parts = JSON.stringify([oauth, clientSecret, assertion, certificate]);
  return `${provider.id} ${createHash("sha256").update(parts).digest("base64")}`;
}

function givenUp(): TokenFailure {
  return { kind: "unreachable", status: null, code: 11205, reason: "no access token came in the time allowed" };
}
