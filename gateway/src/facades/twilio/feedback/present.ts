// Feedback on a message as Twilio's MessageFeedback resource.

import type { Message } from "../../../core/messages/message.ts";
import type { Feedback } from "../../../store/message-media.ts";
import { rfc2822 } from "../dates.ts";
import { messagePath } from "../messages/present.ts";
import type { JsonObject } from "../xml.ts";

export function presentFeedback(message: Message, feedback: Feedback): JsonObject {
  return {
    account_sid: message.accountSid,
    date_created: rfc2822(feedback.createdAt),
    date_updated: rfc2822(feedback.updatedAt),
    message_sid: message.sid,
    outcome: feedback.outcome,
    uri: `${messagePath(message)}/Feedback.json`,
  };
}
