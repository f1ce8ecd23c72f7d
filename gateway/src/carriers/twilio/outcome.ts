// What came of a hand-over, from what the upstream answered or did not: the rows of the outcome table. In doubt the
// outcome is unknown: then the upstream is asked before anything is sent again.

import type { HandoverOutcome } from "../carrier.ts";
import { errorCode, jsonObject, presentable, readError, retryAfterMs, upstreamId } from "./answer.ts";
import type { Answer, NoAnswer } from "./exchange.ts";
import { type Refusal, refusalByCode } from "./outcome-table.ts";

/** A provider that is not there, or that did not say why. */
const unavailable = 20503;
const unknownError = 30008;

const codeByStatus: Readonly<Record<number, number>> = {
  401: 20003,
  403: 20006,
  404: 20404,
  405: 20004,
  429: 20429,
  503: unavailable,
};

/** The credentials or the whole account, not this message alone. */
const accountCodes: ReadonlySet<number> = new Set([20003, 20005, 20006, 20008]);

/** Statuses below 500 after which the message may be there all the same: a proxy's time-out, a conflict with itself. */
const undecided: ReadonlySet<number> = new Set([408, 409]);

export function outcomeOf(
  result: Answer | NoAnswer,
  { nowMs, secrets }: { readonly nowMs: number; readonly secrets: readonly string[] },
): HandoverOutcome {
  if (result.kind === "failure") return withoutAnswer(result);
  if (result.status >= 200 && result.status < 300) return created(result, secrets);
  const { code, reason } = readError(result, secrets);
  const refusal = refusalOf(result, code);
  if (refusal === null) return { kind: "unknown", reason };
  const errorCode = code ?? codeByStatus[result.status] ?? unknownError;
  if (refusal === "retry") {
    const afterMs = retryAfterMs(result, nowMs);
    return { kind: "retry", errorCode, reason, ...(afterMs !== null && { retryAfterMs: afterMs }) };
  }
  const rejected = result.status === 401 || accountCodes.has(errorCode);
  return { kind: refusal, errorCode, reason, ...(refusal === "next-provider" && rejected && { rejected }) };
}

/** Null: it may have the message. */
function refusalOf({ status, headers }: Answer, code: number | null): Refusal | null {
  if (status === 429) return "retry";
  if (status === 503 && code === unavailable && headers["trunkline-maybe-stored"] === undefined) return "retry";
  if (status >= 500 || status < 300 || undecided.has(status)) return null;
  return (code === null ? undefined : refusalByCode.get(code)) ?? "next-provider";
}

function withoutAnswer({ reason, detail, written }: NoAnswer): HandoverOutcome {
  if (written) return { kind: "unknown", reason: detail };
  if (reason === "blocked-address" || reason === "bad-url") {
    return { kind: "next-provider", errorCode: unknownError, reason: detail };
  }
  return { kind: "retry", errorCode: unavailable, reason: detail };
}

function created({ status, headers, body }: Answer, secrets: readonly string[]): HandoverOutcome {
  const message = jsonObject(body);
  if (message === null) return { kind: "unknown", reason: `${status}, but the answer is not a JSON object` };
  const id = upstreamId.safeParse(message["sid"]).data;
  if (id === undefined) return { kind: "unknown", reason: `${status}, but the answer has no sid` };
  // Some servers say so with a 201: nothing was sent, so the next provider may. Of one that it took before, when it was
  // handed over for the first time, its reports tell what has come.
  if (message["status"] === "failed" && headers["idempotent-replayed"] === undefined) {
    const code = errorCode(message["error_code"]);
    const text = typeof message["error_message"] === "string" ? message["error_message"] : "failed at once";
    const refusal = (code === null ? undefined : refusalByCode.get(code)) ?? "next-provider";
    return {
      kind: refusal,
      errorCode: code ?? unknownError,
      reason: presentable(`${code ?? status}: ${text}`, secrets),
    };
  }
  return { kind: "accepted", carrierMessageId: id };
}
