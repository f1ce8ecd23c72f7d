// The live tail: messages the moment they are accepted, and their status as it moves. It stands still while one reads further
// down, and says how many wait above.

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { api, call } from "../../api/client.ts";
import { followEvents } from "../../api/event-stream.ts";
import { useAccount } from "../../api/use-session.ts";
import { fill } from "../../texts/fill.ts";
import { messages as t } from "../../texts/messages.ts";
import { Button } from "../../ui/button.tsx";
import { formatNumber } from "../../ui/format.ts";
import { Empty, Notice } from "../../ui/state.tsx";
import { MessageRows } from "./message-rows.tsx";
import { createTailStore, type TailStore } from "./tail-store.ts";

export function LiveTail() {
  const account = useAccount();
  // Another account is another tail.
  return account === "" ? null : <Tail key={account} />;
}

function Tail() {
  const [store] = useState(createTailStore);
  const client = useQueryClient();
  useEffect(() => {
    const onGap = (skipped: number | null) => {
      store.noteGap(skipped);
      void seed(store);
    };
    const leave = followEvents({ onEvents: store.add, onGap, onState: store.setState });
    return () => {
      leave();
      void client.invalidateQueries({ queryKey: ["messages"] });
    };
  }, [store, client]);
  useEffect(() => void seed(store), [store]);
  const view = useSyncExternalStore(store.subscribe, store.getView);
  const [paused, setPaused] = useState(false);
  const [atTop, setAtTop] = useState(true);
  useEffect(() => store.hold(paused || !atTop), [store, paused, atTop]);
  const showNew = () => {
    setPaused(false);
    setAtTop(true);
    document.querySelector(".message-scroll")?.scrollTo({ top: 0 });
  };
  return (
    <div className="stack tight">
      {view.gap === undefined ? null : (
        <Notice tone="warn">{view.gap === null ? t.gapUnknown : fill(t.gap, { count: formatNumber(view.gap) })}</Notice>
      )}
      <div className="card flush">
        <div className="tail-bar">
          <TailState state={view.state} paused={paused} />
          <span className="dim small number">{fill(t.rate, { rate: formatNumber(view.eventsPerSecond) })}</span>
          <span className="grow" />
          {view.waiting > 0 ? (
            <Button size="small" look="primary" onPress={showNew}>
              {fill(t.newOnes, { count: formatNumber(view.waiting) })}
            </Button>
          ) : null}
          <Button size="small" icon={paused ? "play" : "pause"} onPress={() => setPaused(!paused)}>
            {paused ? t.resume : t.pause}
          </Button>
        </div>
        {view.rows.length === 0 ? (
          <Empty icon="messages" title={t.liveEmpty}>
            <p>{t.liveEmptyAbout}</p>
          </Empty>
        ) : (
          <MessageRows label={t.live} rows={view.rows} onTop={setAtTop} />
        )}
      </div>
    </div>
  );
}

function TailState({ state, paused }: { readonly state: string; readonly paused: boolean }) {
  if (state === "lost") return <span className="badge bad">{t.lost}</span>;
  if (state === "connecting") return <span className="badge">{t.connecting}</span>;
  return paused ? <span className="badge warn">{t.paused}</span> : <span className="badge good pulse">{t.live}</span>;
}

/** The newest messages of before, so that the tail does not begin empty, or with a hole. Failing is no harm: the tail goes on. */
async function seed(store: TailStore): Promise<void> {
  const page = await call(api.GET("/trunkline/v1/messages", { params: { query: { limit: 50 } } })).catch(() => null);
  store.seed((page?.messages ?? []).map(({ createdAt, ...rest }) => ({ ...rest, at: createdAt })));
}
