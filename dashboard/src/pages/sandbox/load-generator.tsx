// The load generator: asks the gateway for so many messages a second, in a few requests each second, until all are sent or
// somebody stops it.

import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { api, call } from "../../api/client.ts";
import { useMay } from "../../api/use-session.ts";
import { fill } from "../../texts/fill.ts";
import { sandbox as t } from "../../texts/sandbox.ts";
import { Button } from "../../ui/button.tsx";
import { ChoiceField } from "../../ui/field.tsx";
import { formatNumber } from "../../ui/format.ts";
import { Card } from "../../ui/page.tsx";
import { Notice } from "../../ui/state.tsx";
import { sayFailure } from "../../ui/toast.tsx";

const totals = ["100", "1000", "3000", "10000"] as const;
const rates = ["10", "100", "500", "1000"] as const;
const requestsPerSecond = 4;
const requestMax = 500;

interface Progress {
  readonly done: number;
  readonly total: number;
  readonly running: boolean;
  readonly refused: number;
  readonly reason: string | null;
}

export function LoadGenerator() {
  const [total, setTotal] = useState<(typeof totals)[number]>("1000");
  const [rate, setRate] = useState<(typeof rates)[number]>("100");
  const [progress, setProgress] = useState<Progress | null>(null);
  const running = useRef<AbortController | null>(null);
  const mayOperate = useMay("operate");
  useEffect(() => () => running.current?.abort(), []);
  if (!mayOperate) return null;
  const start = () => {
    const leaving = new AbortController();
    running.current = leaving;
    void generate(Number(total), Number(rate), { signal: leaving.signal, onProgress: setProgress }).catch((thrown) => {
      setProgress((old) => old && { ...old, running: false });
      if (!leaving.signal.aborted) sayFailure(thrown);
    });
  };
  const stop = () => {
    running.current?.abort();
    setProgress((old) => old && { ...old, running: false });
  };
  const choices = (values: readonly string[]) => values.map((value) => ({ value, label: formatNumber(Number(value)) }));
  const isRunning = progress?.running === true;
  return (
    <Card title={t.load} about={t.loadAbout}>
      <div className="stack">
        <div className="load-fields">
          <ChoiceField
            label={t.loadMessages}
            value={total}
            choices={choices(totals)}
            onChange={(value) => setTotal(value as typeof total)}
            isDisabled={isRunning}
          />
          <ChoiceField
            label={t.loadRate}
            value={rate}
            choices={choices(rates)}
            onChange={(value) => setRate(value as typeof rate)}
            isDisabled={isRunning}
          />
          {isRunning ? (
            <Button icon="pause" onPress={stop}>
              {t.loadStop}
            </Button>
          ) : (
            <Button look="primary" icon="play" onPress={start}>
              {t.loadStart}
            </Button>
          )}
        </div>
        {progress === null ? null : <Shown progress={progress} />}
      </div>
    </Card>
  );
}

function Shown({ progress: { done, total, refused, reason, running } }: { readonly progress: Progress }) {
  const words = fill(t.loadProgress, { done: formatNumber(done), total: formatNumber(total) });
  return (
    <div className="stack tight">
      <progress value={done} max={total} aria-label={words} />
      <div className="row wrap small">
        <span className="dim grow">{running ? words : fill(t.loadDone, { count: formatNumber(done) })}</span>
        <Link to="/messages" search={{ live: true }}>
          {t.watch}
        </Link>
      </div>
      {refused === 0 ? null : (
        <Notice tone="warn">{fill(t.loadRefused, { count: formatNumber(refused), reason: reason ?? "" })}</Notice>
      )}
    </div>
  );
}

interface Run {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

async function generate(total: number, perSecond: number, { signal, onProgress }: Run): Promise<void> {
  let [done, refused, reason]: [number, number, string | null] = [0, 0, null];
  const startedMs = performance.now();
  while (done < total && !signal.aborted) {
    onProgress({ done, total, running: true, refused, reason });
    const wanted = Math.min(
      total,
      Math.ceil(((performance.now() - startedMs) / 1000 + 1 / requestsPerSecond) * perSecond),
    );
    const messages = Math.min(requestMax, wanted - done);
    if (messages > 0) {
      const answer = await call(api.POST("/trunkline/v1/sandbox/load", { body: { messages, handsets: 100 }, signal }));
      done += messages;
      refused += answer.refused;
      reason ??= answer.reason;
    }
    const nextMs = startedMs + (done / perSecond) * 1000;
    await new Promise((resolve) => setTimeout(resolve, Math.max(20, nextMs - performance.now())));
  }
  onProgress({ done, total, running: false, refused, reason });
}
