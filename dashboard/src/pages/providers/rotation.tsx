// The rotation of a provider's credentials, its steps moving as they are taken.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, call } from "../../api/client.ts";
import type { Rotation } from "../../api/generated/api.d.ts";
import { useAccount, useMay } from "../../api/use-session.ts";
import { fill } from "../../texts/fill.ts";
import { provider as t } from "../../texts/providers.ts";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import { formatAgo, formatTime } from "../../ui/format.ts";
import { Card } from "../../ui/page.tsx";
import { Notice, QueryView, type Tone } from "../../ui/state.tsx";
import { sayFailure } from "../../ui/toast.tsx";

const liveMs = 700;
const restMs = 15_000;

const tones: Readonly<Record<Rotation["state"], Tone>> = {
  ...{ running: "info", "rolling-back": "warn", done: "good", "rolled-back": "warn", failed: "bad" },
};

const isUnderWay = (rotation: Rotation | null | undefined): boolean =>
  rotation?.state === "running" || rotation?.state === "rolling-back";

/** Null: there has been none. */
async function loadLatest(id: string): Promise<Rotation | null> {
  const { rotations } = await call(api.GET("/trunkline/v1/providers/{id}/rotations", { params: { path: { id } } }));
  return rotations[0] ?? null;
}

export function RotationCard({ id }: { readonly id: string }) {
  const account = useAccount();
  const client = useQueryClient();
  const mayOperate = useMay("operate");
  const [asking, setAsking] = useState(false);
  const query = useQuery({
    queryKey: ["rotation", account, id],
    queryFn: () => loadLatest(id),
    refetchInterval: ({ state }) => (isUnderWay(state.data) ? liveMs : restMs),
  });
  const start = async () => {
    await call(api.POST("/trunkline/v1/providers/{id}/rotate", { params: { path: { id } } }));
    await client.invalidateQueries({ queryKey: ["rotation"] });
  };
  return (
    <Card title={t.rotation} about={t.rotationAbout}>
      <QueryView query={query}>
        {(rotation) => (
          <div className="stack tight">
            {rotation === null ? <p className="dim">{t.never}</p> : <Steps rotation={rotation} />}
            {mayOperate ? (
              <div className="row wrap">
                {isUnderWay(rotation) ? null : (
                  <Button icon="rotate" onPress={() => setAsking(true)}>
                    {t.rotate}
                  </Button>
                )}
                {rotation?.state === "running" ? <Turns rotation={rotation} /> : null}
              </div>
            ) : null}
          </div>
        )}
      </QueryView>
      <Confirm title={t.rotation} action={t.rotate} isOpen={asking} onClose={() => setAsking(false)} onConfirm={start}>
        <p>{t.rotateConfirm}</p>
      </Confirm>
    </Card>
  );
}

function Steps({ rotation }: { readonly rotation: Rotation }) {
  return (
    <>
      <div className="row wrap" aria-live="polite">
        <span className={`badge ${tones[rotation.state]}`}>{t.states[rotation.state]}</span>
        <span className="dim small">{formatTime(rotation.createdAt)}</span>
        {rotation.nextAt === null ? null : (
          <span className="dim small">{fill(t.nextAt, { when: formatAgo(rotation.nextAt) })}</span>
        )}
      </div>
      {rotation.reason === null ? null : <Notice tone={tones[rotation.state]}>{rotation.reason}</Notice>}
      <ol className="steps">
        {rotation.steps.map(({ step, state, detail, tries, at }) => (
          <li key={step} data-state={state}>
            <span className="step-mark" />
            <span className="grow">
              {t.steps[step]}
              {tries > 1 ? <span className="dim small"> · {fill(t.tries, { tries })}</span> : null}
              {detail === null ? null : <span className="dim small step-detail">{detail}</span>}
            </span>
            <span className="dim small number">
              {state === "done" && at !== null ? formatTime(at) : t.stepStates[state]}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}

function Turns({ rotation: { id, step } }: { readonly rotation: Rotation }) {
  const client = useQueryClient();
  const path = { params: { path: { id } } };
  const turn = (asked: Promise<unknown>) =>
    void asked.then(() => client.invalidateQueries({ queryKey: ["rotation"] })).catch(sayFailure);
  return (
    <>
      <Button onPress={() => turn(call(api.POST("/trunkline/v1/rotations/{id}/roll-back", path)))}>{t.rollBack}</Button>
      {step === "overlap" ? (
        <Button onPress={() => turn(call(api.POST("/trunkline/v1/rotations/{id}/promote", path)))}>{t.promote}</Button>
      ) : null}
    </>
  );
}
