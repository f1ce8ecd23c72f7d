// Acceptance: check, decide the sender, store, and only then say yes. Requests that come together share one insert.
// Nothing is answered before its commit, and a request that fails takes no other with it.

import { type AccountSid, type MessageSid, newUuid, sidOf } from "../../core/ids.ts";
import { type CheckedRequest, checkRequest } from "../../core/messages/check-request.ts";
import { defaultValiditySeconds } from "../../core/messages/limits.ts";
import type { Message } from "../../core/messages/message.ts";
import type { MessageRequest } from "../../core/messages/request.ts";
import { countSegments } from "../../core/segments/count.ts";
import { smartEncode } from "../../core/segments/smart-encode.ts";
import type { NewMessage } from "../../store/message-insert.ts";
import type { Acceptance, Accepted, AcceptOptions } from "../acceptance.ts";
import type { GeoPermissions } from "../geo-permissions.ts";
import type { Applications } from "./applications.ts";
import type { SenderChoice, Senders } from "./senders.ts";
import type { Writer } from "./writer.ts";

export interface AcceptanceDeps {
  readonly clock: { nowMs(): number };
  readonly senders: Senders;
  readonly applications: Applications;
  readonly geoPermissions: Pick<GeoPermissions, "check">;
  readonly writer: Writer;
  /** Called after each commit that stored messages. */
  readonly onAccepted: (direction: Message["direction"]) => void;
}

export function createAcceptance(deps: AcceptanceDeps): Acceptance {
  const { clock, senders, applications, geoPermissions, writer, onAccepted } = deps;

  /** Not a promise for requests that name a sender. */
  function mayLackSender(
    accountSid: AccountSid,
    request: MessageRequest,
    options: AcceptOptions,
  ): boolean | Promise<boolean> {
    if (options.onlyProvider !== undefined || options.anySender === true) return true;
    if (request.from?.trim() || request.messagingServiceSid?.trim()) return false;
    return senders.chainHasDefault(accountSid);
  }

  async function accept(
    accountSid: AccountSid,
    request: MessageRequest,
    options: AcceptOptions = {},
  ): Promise<Accepted> {
    const senderOptional = mayLackSender(accountSid, request, options);
    const nowMs = clock.nowMs();
    const checked = checkRequest(
      request,
      nowMs,
      typeof senderOptional === "boolean" ? senderOptional : await senderOptional,
    );
    // Synchronous when the sender is known already, which spares the hot path a turn of the microtask queue.
    const choice = senders.choose(accountSid, checked);
    const chosen: SenderChoice = choice instanceof Promise ? await choice : choice;
    // What was given to a messaging service fails later, when it is sent.
    const checking = checked.messagingServiceSid === null && geoPermissions.check(accountSid, checked.recipient);
    if (checking instanceof Promise) await checking;
    const application = checked.applicationSid;
    const ofApplication = application === null ? null : await applications.statusCallbackOf(accountSid, application);
    // The request's own comes first, then its application's, then its messaging service's.
    const statusCallback = checked.statusCallback ?? ofApplication ?? chosen.statusCallback;
    const message = draftMessage(accountSid, checked, { ...chosen, statusCallback }, options, nowMs);
    const accepted = await writer.write({ message, idempotency: options.idempotency ?? null, paced: chosen.paced });
    if (!accepted.replayed) onAccepted(accepted.message.direction);
    return accepted;
  }

  return { accept };
}

function draftMessage(
  accountSid: AccountSid,
  checked: CheckedRequest,
  chosen: SenderChoice,
  options: AcceptOptions,
  nowMs: number,
): NewMessage {
  const body = checked.options.smartEncoded ? smartEncode(checked.body) : checked.body;
  const senderIsOpen = chosen.from === null;
  const scheduled = checked.sendAt !== null;
  const startMs = checked.sendAt?.getTime() ?? nowMs;
  const validitySeconds = checked.validitySeconds ?? chosen.validitySeconds ?? defaultValiditySeconds;
  const pinned = chosen.from !== null && checked.messagingServiceSid !== null;
  return {
    accountSid,
    sid: sidOf<MessageSid>(checked.mediaUrls.length > 0 ? "MM" : "SM", newUuid()),
    direction: options.direction ?? "outbound-api",
    status: scheduled ? "scheduled" : senderIsOpen || pinned ? "accepted" : "queued",
    from: chosen.from,
    to: checked.to,
    senderId: chosen.senderId,
    messagingServiceSid: checked.messagingServiceSid,
    body,
    numSegments: segmentsOf(body, checked, senderIsOpen || scheduled),
    mediaUrls: checked.mediaUrls,
    statusCallback: chosen.statusCallback,
    options: withValidity(withRouting(checked, options, pinned), checked, chosen),
    dueAt: checked.sendAt,
    expiresAt: new Date(startMs + validitySeconds * 1000),
    paced: false,
    // A messaging service reports an opt-out later, as a failed message; and so does everything scheduled.
    consentSenders:
      chosen.from === null || checked.messagingServiceSid !== null || options.bypassConsent === true
        ? null
        : [chosen.from, chosen.consentService],
  };
}

/** A messaging service always has a validity: the default one says nothing. */
function withValidity(
  options: Message["options"],
  { validitySeconds: asked }: CheckedRequest,
  { validitySeconds: ofService }: SenderChoice,
): Message["options"] {
  const isDefault = asked === null && (ofService ?? defaultValiditySeconds) === defaultValiditySeconds;
  return isDefault ? options : { ...options, ownValidity: true };
}

/** 0 while the final text is not known: a service may have smart encoding on. */
function segmentsOf(body: string, checked: CheckedRequest, open: boolean): number {
  if (open) return 0;
  return body === "" && checked.mediaUrls.length > 0 ? 1 : countSegments(body).segments;
}

function withRouting(checked: CheckedRequest, options: AcceptOptions, pinned: boolean): Message["options"] {
  const open = checked.from === null && checked.messagingServiceSid === null;
  if (!pinned && !open && options.onlyProvider === undefined && options.bypassConsent !== true) return checked.options;
  return {
    ...checked.options,
    ...(open ? { openSender: true } : {}),
    ...(pinned ? { pinnedSender: true } : {}),
    ...(options.onlyProvider === undefined ? {} : { onlyProvider: options.onlyProvider }),
    ...(options.bypassConsent === true ? { bypassConsent: true } : {}),
  };
}
