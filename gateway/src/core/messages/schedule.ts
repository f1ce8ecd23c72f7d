// When a message is to be sent: the rules of ScheduleType and SendAt.

import { GatewayError } from "../errors.ts";
import type { MessageRequest } from "./request.ts";

const leadSecondsMin = 900;
const leadSecondsMax = 35 * 24 * 3600;
const isoInstant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/i;

/** The moment of a scheduled message, or null for now. SendAt without ScheduleType is ignored, as Twilio does. */
export function readSchedule(request: MessageRequest, hasService: boolean, nowMs: number): Date | null {
  if (!request.scheduleType) return null;
  if (request.scheduleType.toLowerCase() !== "fixed") {
    throw new GatewayError("schedule-type-unsupported", "The only 'ScheduleType' is fixed.");
  }
  if (!hasService) throw new GatewayError("schedule-needs-service", "Scheduling needs a 'MessagingServiceSid'.");
  if (!request.sendAt) throw new GatewayError("schedule-time-missing", "Scheduling needs 'SendAt'.");
  const atMs = isoInstant.test(request.sendAt) ? Date.parse(request.sendAt) : Number.NaN;
  const leadSeconds = (atMs - nowMs) / 1000;
  if (!(leadSeconds >= leadSecondsMin && leadSeconds <= leadSecondsMax)) {
    throw new GatewayError(
      "schedule-time-out-of-range",
      "'SendAt' is an ISO 8601 time between 15 minutes and 35 days ahead.",
    );
  }
  return new Date(atMs);
}
