// What an application said to a callback, in one line.

import type { CallbackSummary } from "../../api/generated/api.d.ts";
import { callbacks as t } from "../../texts/callbacks.ts";

export function answerOf({ lastStatus, lastError }: Pick<CallbackSummary, "lastStatus" | "lastError">): string {
  const answer = [lastStatus === null ? null : `HTTP ${lastStatus}`, lastError].filter((part) => part !== null);
  return answer.length === 0 ? t.noAnswer : answer.join(" · ");
}
