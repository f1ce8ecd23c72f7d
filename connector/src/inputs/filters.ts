// The filters of a list of messages.

import { input } from "@prismatic-io/spectral";
import { optional } from "./clean.ts";
import { direction, fromFilter, pageSize, toFilter } from "./common.ts";

const statuses = [
  "accepted",
  "scheduled",
  "queued",
  "sending",
  "sent",
  "delivered",
  "undelivered",
  "failed",
  "canceled",
  "receiving",
  "received",
  "read",
  "partially_delivered",
];

function date(label: string, comments: string) {
  return input({
    label,
    type: "string",
    required: false,
    placeholder: "2026-01-31",
    comments,
    example: "2026-01-31T09:30:00Z",
    clean: optional,
  });
}

export const messageFilters = {
  to: toFilter,
  from: fromFilter,
  dateSent: date("Date Sent", "Only messages that were sent on this day (UTC)."),
  dateSentAfter: date("Date Sent After", "Only messages that were sent on this day or at this time, or later."),
  dateSentBefore: date("Date Sent Before", "Only messages that were sent on this day or at this time, or earlier."),
  status: input({
    label: "Status",
    type: "string",
    required: false,
    model: [{ label: "Any", value: "" }, ...statuses.map((value) => ({ label: value, value }))],
    placeholder: "Any",
    comments: "Only messages that are in this status now. The API cannot filter by it, so more pages may be read.",
    example: "delivered",
    clean: optional,
  }),
  direction,
  pageSize,
};
