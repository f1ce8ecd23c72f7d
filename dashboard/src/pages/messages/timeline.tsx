// A message's timeline, drawn: what happened, when, and how long it took to the next thing. Callbacks can be replayed from it.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, call } from "../../api/client.ts";
import type { TimelineEntry } from "../../api/generated/api.d.ts";
import { useMay } from "../../api/use-session.ts";
import { fill } from "../../texts/fill.ts";
import { message as t } from "../../texts/messages.ts";
import { Button } from "../../ui/button.tsx";
import { formatDuration, formatFull, formatTime } from "../../ui/format.ts";
import type { Tone } from "../../ui/state.tsx";
import { say, sayFailure } from "../../ui/toast.tsx";
import { isConnectionFailure } from "./connection-failure.ts";

const tones: Readonly<Record<string, Tone>> = {
  "message.delivered": "good",
  "message.read": "good",
  "message.received": "good",
  "attempt.accepted": "good",
  "attempt.adopted": "good",
  "callback.delivered": "good",
  "message.failed": "bad",
  "message.undelivered": "bad",
  "attempt.refused": "bad",
  "callback.failed": "bad",
  "protection.denied": "bad",
  "attempt.retry": "warn",
  "attempt.next-provider": "warn",
  "attempt.unknown": "warn",
  "attempt.lost": "warn",
  "message.canceled": "warn",
  "message.requeued": "warn",
  "protection.held": "warn",
};

interface TimelineProps {
  readonly entries: readonly TimelineEntry[];
  /** When the message is looked at next; null: nothing is to be done. */
  readonly dueAt: string | null;
}

export function Timeline({ entries, dueAt }: TimelineProps) {
  const began = Date.parse(entries[0]?.at ?? "");
  const lastRequeued = entries.findLastIndex(({ type }) => type === "message.requeued");
  const waits = lastRequeued !== -1 && !entries.slice(lastRequeued).some(({ type }) => type === "attempt.started");
  // A time that has come is no news: the try is under way.
  const nextTry = waits && dueAt !== null && Date.parse(dueAt) > Date.now() ? dueAt : null;
  return (
    <ol className="timeline">
      {entries.map((entry, index) => {
        const before = entries[index - 1];
        const passedMs = before === undefined ? 0 : Date.parse(entry.at) - Date.parse(before.at);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: entries are only ever added at the end
          <li key={`${entry.type} ${entry.at} ${index}`} className={tones[entry.type] ?? "info"}>
            <span className="timeline-dot" />
            <div className="timeline-what">
              <strong>{titleOf(entry)}</strong>
              <Details entry={entry} />
              {index === lastRequeued && nextTry !== null ? (
                <time className="dim small" dateTime={nextTry} title={formatFull(nextTry)}>
                  {fill(t.nextTry, { time: formatTime(nextTry, began) })}
                </time>
              ) : null}
            </div>
            <div className="timeline-when small dim number">
              <time dateTime={entry.at} title={formatFull(entry.at)}>
                {formatTime(entry.at, began)}
              </time>
              {passedMs > 0 ? <span>{fill(t.after, { time: formatDuration(passedMs) })}</span> : null}
            </div>
          </li>
        );
      })}
    </ol>
  );
}

function titleOf({ type, data }: TimelineEntry): string {
  const isUnreachable = type === "attempt.retry" && isConnectionFailure(textIn(data, "reason") ?? "");
  const shown = isUnreachable ? "attempt.unreachable" : type;
  const words = (t.events as Readonly<Record<string, string>>)[shown] ?? type;
  return fill(words, { provider: textIn(data, "providerName") ?? t.provider });
}

function Details({ entry: { type, data } }: { readonly entry: TimelineEntry }) {
  const code = data?.["errorCode"];
  const lines = [
    type.startsWith("attempt.started") && typeof data?.["attempt"] === "number"
      ? `${fill(t.attempt, { number: data["attempt"] })} · ${textIn(data, "from") ?? ""}`
      : null,
    typeof code === "number" ? String(code) : null,
    // Why it came back is what its attempt says, just before.
    type === "message.requeued" ? null : textIn(data, "reason"),
    textIn(data, "explanation"),
    textIn(data, "carrierMessageId"),
    textIn(data, "url"),
    typeof data?.["lastStatus"] === "number" ? `HTTP ${data["lastStatus"]}` : null,
    textIn(data, "lastError"),
  ].filter((line) => line !== null && line !== "");
  const callbackId = textIn(data, "callbackId");
  const finished = type === "callback.delivered" || type === "callback.failed";
  return (
    <>
      {lines.length === 0 ? null : <span className="dim small timeline-detail">{lines.join(" · ")}</span>}
      {callbackId !== null && finished ? <Replay id={callbackId} /> : null}
    </>
  );
}

function Replay({ id }: { readonly id: string }) {
  const client = useQueryClient();
  const may = useMay("operate");
  const replay = useMutation({
    mutationFn: () => call(api.POST("/trunkline/v1/callbacks/{id}/replay", { params: { path: { id } } })),
    onSuccess: async () => {
      say(t.replayed);
      await client.invalidateQueries({ queryKey: ["message"] });
    },
    onError: sayFailure,
  });
  if (!may) return null;
  return (
    <div>
      <Button size="small" icon="rotate" isPending={replay.isPending} onPress={() => replay.mutate()}>
        {t.replay}
      </Button>
    </div>
  );
}

function textIn(data: TimelineEntry["data"], name: string): string | null {
  const value = data?.[name];
  return typeof value === "string" ? value : null;
}
