// A sandbox handset: what it received and sent, as it arrives, and a line to reply with. Asks for news every second while it
// is in sight; message texts are shown as text, whatever is in them.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { api, call } from "../../api/client.ts";
import { useAccount, useMay } from "../../api/use-session.ts";
import { fill } from "../../texts/fill.ts";
import { sandbox as t } from "../../texts/sandbox.ts";
import { Button } from "../../ui/button.tsx";
import { ChoiceField, TextField } from "../../ui/field.tsx";
import { formatTime } from "../../ui/format.ts";
import { Failure } from "../../ui/state.tsx";
import { sayFailure } from "../../ui/toast.tsx";

const newsEveryMs = 1_000;
const shownMax = 50;

export function useNumbers() {
  const account = useAccount();
  return useQuery({
    queryKey: ["senders", account],
    queryFn: async () => {
      const { senders } = await call(
        api.GET("/trunkline/v1/accounts/{sid}/senders", { params: { path: { sid: account } } }),
      );
      return senders.filter(({ kind }) => kind === "number").map(({ address }) => address);
    },
    enabled: account !== "",
    staleTime: 30_000,
  });
}

export function Handset({ number }: { readonly number: string }) {
  const account = useAccount();
  const query = useQuery({
    queryKey: ["handset", account, number],
    queryFn: () =>
      call(
        api.GET("/trunkline/v1/sandbox/handsets/{number}", {
          params: { path: { number }, query: { limit: shownMax, undelivered: "true" } },
        }),
      ),
    enabled: account !== "",
    refetchInterval: newsEveryMs,
  });
  const entries = (query.data?.messages ?? []).toReversed();
  const end = useRef<HTMLOListElement>(null);
  const newest = entries.at(-1)?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: goes down when something new is there
  useEffect(() => {
    end.current?.scrollTo({ top: end.current.scrollHeight, behavior: "smooth" });
  }, [newest]);
  return (
    <section className="handset" aria-label={fill(t.handsetOf, { number })}>
      <header>
        <strong className="number">{number}</strong>
      </header>
      {query.isError && query.data === undefined ? (
        <Failure error={query.error} />
      ) : (
        <ol
          ref={end}
          aria-live="polite"
          aria-label={t.handset}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
        >
          {entries.length === 0 && query.data !== undefined ? (
            <li className="handset-empty">
              <strong>{t.waiting}</strong>
              <span>{fill(t.waitingAbout, { number })}</span>
            </li>
          ) : null}
          {entries.map((entry) => (
            <li key={entry.id} className={`bubble ${entry.direction}`} data-lost={entry.errorCode !== null}>
              <span className="bubble-text">{entry.body}</span>
              <span className="bubble-foot">
                {entry.errorCode === null ? null : `${fill(t.undelivered, { code: entry.errorCode })} · `}
                {entry.direction === "received" ? entry.from : entry.to} · {formatTime(entry.at)}
              </span>
            </li>
          ))}
        </ol>
      )}
      <Reply number={number} to={entries.findLast(({ direction }) => direction === "received")?.from} />
    </section>
  );
}

function Reply({ number, to }: { readonly number: string; readonly to: string | undefined }) {
  const numbers = useNumbers().data ?? [];
  const client = useQueryClient();
  const mayReply = useMay("send");
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const target = chosen ?? (to !== undefined && numbers.includes(to) ? to : numbers[0]) ?? "";
  const reply = useMutation({
    mutationFn: (body: string) =>
      call(api.POST("/trunkline/v1/sandbox/inbound", { body: { from: number, to: target, body } })),
    onSuccess: async () => {
      setText("");
      await client.invalidateQueries({ queryKey: ["handset"] });
    },
    onError: sayFailure,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text !== "" && target !== "") reply.mutate(text);
  };
  if (!mayReply) return null;
  return (
    <form className="handset-reply" onSubmit={submit}>
      {numbers.length > 1 ? (
        <ChoiceField
          label={t.replyTo}
          hideLabel
          value={target}
          choices={numbers.slice(0, 50).map((value) => ({ value, label: `${t.replyTo} ${value}` }))}
          onChange={setChosen}
        />
      ) : null}
      <div className="row">
        <div className="grow">
          <TextField
            label={t.reply}
            hideLabel
            value={text}
            onChange={setText}
            placeholder={t.replyPlaceholder}
            maxLength={1600}
          />
        </div>
        <Button
          type="submit"
          look="primary"
          icon="send"
          aria-label={t.reply}
          isPending={reply.isPending}
          isDisabled={target === ""}
        />
      </div>
    </form>
  );
}
