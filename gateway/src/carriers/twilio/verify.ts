// One-time codes through the upstream's Verify service, with the code that the message has (CustomCode). Verify words the
// text itself and shows nothing of the code, so an attempt is known by the SID of its sending (`VL…`).

import { z } from "zod";
import type { CarrierProvider, Handover, HandoverOutcome, LookupResult } from "../carrier.ts";
import { jsonObject, readError, upstreamId } from "./answer.ts";
import { askObject, encodeForm } from "./ask.ts";
import { findCertainCode } from "./certain-code.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Answer, NoAnswer } from "./exchange.ts";
import { adopt, cannotTell, isSettled, type LookupDeps } from "./lookup.ts";
import { dateOf } from "./message-resource.ts";
import { outcomeOf } from "./outcome.ts";

export interface Verification {
  readonly serviceSid: string;
  readonly code: string;
}

/** The recipient is at fault, or the provider's protection stopped it: nobody else is to send it either. */
const refusedCodes: ReadonlySet<number> = new Set([21211, 21614, 60205, 60410]);
/** More than five codes within ten minutes that nobody confirmed: Verify's own limit, a plain message has none. */
const tooManySends = 60203;
/** A lookup cannot see the code: only what was sent at about the time is taken for it. */
const nearMs = 120_000;

/** How the message goes through Verify; null: it does not. */
export function verificationOf({ settings }: Endpoint, handover: Handover): Verification | null {
  const serviceSid = settings.verifyServiceSid;
  if (serviceSid === undefined || handover.mediaUrls.length > 0) return null;
  const code = findCertainCode(handover.body, { liberal: !hasSender(handover) });
  return code === null ? null : { serviceSid, code };
}

/** A plain message could be sent too. */
export function hasSender({ from }: Handover): boolean {
  return from !== "" && !/^VA[0-9a-f]{32}$/i.test(from);
}

export function verificationPath(serviceSid: string, to = ""): string {
  const path = `/v2/Services/${encodeURIComponent(serviceSid)}/Verifications`;
  return to === "" ? path : `${path}/${encodeURIComponent(to)}`;
}

export function verificationForm({ to }: Handover, { code }: Verification): string {
  return encodeForm({ To: to, Channel: "sms", CustomCode: code });
}

/** `declined`: Verify does not send this, nothing was sent, and a plain message may be. */
export type VerificationOutcome = HandoverOutcome | { readonly kind: "declined"; readonly reason: string };

export function verificationOutcome(
  result: Answer | NoAnswer,
  { nowMs, secrets }: { readonly nowMs: number; readonly secrets: readonly string[] },
): VerificationOutcome {
  if (result.kind === "failure") return outcomeOf(result, { nowMs, secrets });
  if (result.status >= 200 && result.status < 300) return sent(result);
  const { code, reason } = readError(result, secrets);
  if (code !== null && refusedCodes.has(code)) return { kind: "refused", errorCode: code, reason };
  if (code === tooManySends) return { kind: "declined", reason };
  const outcome = outcomeOf(result, { nowMs, secrets });
  if (outcome.kind === "retry" || outcome.kind === "unknown") return outcome;
  const credentials = result.status === 401 || code === 20003 || code === 20005;
  return credentials ? outcome : { kind: "declined", reason };
}

function sent({ status, body }: Answer): HandoverOutcome {
  const verification = verificationResource.safeParse(jsonObject(body));
  if (!verification.success) return { kind: "unknown", reason: `${status}, but the answer is not a verification` };
  const sendings = verification.data.send_code_attempts ?? [];
  const [latest] = sendings.toSorted((a, b) => timeOf(b) - timeOf(a));
  return { kind: "accepted", carrierMessageId: latest?.attempt_sid ?? verification.data.sid };
}

const verificationResource = z.looseObject({
  sid: upstreamId,
  send_code_attempts: z.array(z.looseObject({ attempt_sid: upstreamId, time: z.string().nullish() })).nullish(),
});

function timeOf({ time }: { readonly time?: string | null | undefined }): number {
  return dateOf(time)?.getTime() ?? 0;
}

/** Asks for the recipient's pending verification: its sendings at about the time, one of which may be this attempt. */
export async function lookUpVerification(
  deps: LookupDeps,
  endpoint: Endpoint,
  provider: CarrierProvider,
  { handover, verification, signal }: { handover: Handover; verification: Verification; signal: AbortSignal },
): Promise<LookupResult> {
  const settled = isSettled(deps, handover);
  const path = verificationPath(verification.serviceSid, handover.to);
  const result = await askObject(deps.exchange, endpoint, { product: "verify", path, signal });
  if (result.kind === "failure" && result.code !== 20404) return cannotTell(`Verify did not say: ${result.reason}`);
  if (result.kind === "ok") {
    const read = verificationResource.safeParse(result.value.body);
    if (!read.success) return cannotTell("the answer is not a verification as Twilio has it");
    const near = (read.data.send_code_attempts ?? [])
      .filter((sending) => Math.abs(timeOf(sending) - handover.startedAt.getTime()) <= nearMs)
      .map((sending) => ({ sid: sending.attempt_sid, date_created: sending.time }));
    const adopted = await adopt(deps, provider, handover, near);
    if (adopted !== null) return adopted;
  }
  return settled ? { kind: "absent" } : cannotTell("it may still be under way");
}
