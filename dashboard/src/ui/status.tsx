// The status of a message, in words and colour.

import { statuses } from "../texts/common.ts";
import type { Tone } from "./state.tsx";

const tones: Readonly<Record<string, Tone>> = {
  delivered: "good",
  read: "good",
  received: "good",
  sent: "info",
  sending: "info",
  failed: "bad",
  undelivered: "bad",
  canceled: "warn",
  scheduled: "warn",
};

export function StatusBadge({ status }: { readonly status: string }) {
  return <span className={`badge ${tones[status] ?? ""}`}>{statuses[status] ?? status}</span>;
}
