// `trunkline send --to … --dry-run`: what would be sent, and in how many segments. Asks nobody, sends nothing.

import type { MessageInput } from "../../../actions/send-form.ts";
import { type ExitCode, exitCodes, failure } from "../failure.ts";
import { withoutControls } from "../message-line.ts";
import type { Terminal } from "../terminal.ts";
import type { MessageDefaults } from "./row-request.ts";

export interface PreviewOptions {
  readonly to: string;
  /** Undefined: the messaging service picks one. */
  readonly from: string | undefined;
  readonly message: MessageDefaults;
  readonly json: boolean;
}

/** Rejects with a usage failure for what the gateway would refuse, as far as that can be known here. */
export async function previewOne(options: PreviewOptions, terminal: Terminal): Promise<ExitCode> {
  const { ActionError, previewMessage } = await import("../../../actions/index.ts");
  // A number without a + is read as one of some country by the actions, but not by the gateway.
  if (/^\d/.test(options.to.trim())) {
    throw failure(exitCodes.usage, `Give the recipient in international form: +12025550142, not ${options.to}.`);
  }
  try {
    const preview = previewMessage(inputOf(options));
    const { to, from, messagingServiceSid, segments, encoding, units } = preview;
    const sender = from ?? messagingServiceSid ?? "";
    const size = `${segments} segment${segments === 1 ? "" : "s"}, ${encoding}, ${units} units`;
    const line = withoutControls(`nothing is sent  ${sender} → ${to}  (${size})`);
    terminal.out(`${options.json ? JSON.stringify(preview) : line}\n`);
    return exitCodes.ok;
  } catch (thrown) {
    if (!(thrown instanceof ActionError)) throw thrown;
    throw failure(exitCodes.usage, thrown.message);
  }
}

function inputOf({ to, from, message }: PreviewOptions): MessageInput {
  return {
    to,
    from,
    messagingServiceSid: message.service,
    message: message.body,
    mediaUrls: message.media,
    statusCallback: message.statusCallback,
    sendAt: message.sendAt,
    validityPeriod: message.validity === undefined ? undefined : Number(message.validity),
    smartEncoded: message.smartEncode,
  };
}
