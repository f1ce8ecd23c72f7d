// One callback: where it went, what it said, what came back, and a way to send it again.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, call } from "../../api/client.ts";
import type { Callback } from "../../api/generated/api.d.ts";
import { useAccount, useMay } from "../../api/use-session.ts";
import { callbacks as t } from "../../texts/callbacks.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { formatAgo } from "../../ui/format.ts";
import { QueryView } from "../../ui/state.tsx";
import { say, sayFailure } from "../../ui/toast.tsx";
import { answerOf } from "./answer.ts";

const refreshMs = 2_000;

export function CallbackDialog({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const account = useAccount();
  const query = useQuery({
    queryKey: ["callback", account, id],
    queryFn: () => call(api.GET("/trunkline/v1/callbacks/{id}", { params: { path: { id } } })),
    refetchInterval: refreshMs,
  });
  return (
    <Dialog title={t.detail} isOpen onClose={onClose} wide>
      <QueryView query={query}>{(callback) => <Shown callback={callback} />}</QueryView>
    </Dialog>
  );
}

function Shown({ callback }: { readonly callback: Callback }) {
  const client = useQueryClient();
  const mayOperate = useMay("operate");
  const replay = useMutation({
    mutationFn: () => call(api.POST("/trunkline/v1/callbacks/{id}/replay", { params: { path: { id: callback.id } } })),
    onSuccess: async () => {
      say(t.replayed);
      await client.invalidateQueries({ queryKey: ["callback"] });
      await client.invalidateQueries({ queryKey: ["callbacks"] });
    },
    onError: sayFailure,
  });
  return (
    <div className="stack">
      <dl className="facts">
        <dt>{t.message}</dt>
        <dd>
          <Link to="/messages/$sid" params={{ sid: callback.messageSid }}>
            <code>{callback.messageSid}</code>
          </Link>
        </dd>
        <dt>{t.address}</dt>
        <dd>
          {callback.method} {callback.url}
        </dd>
        <dt>{t.state}</dt>
        <dd>{t.states[callback.state]}</dd>
        <dt>{t.answer}</dt>
        <dd>{answerOf(callback)}</dd>
        {callback.nextAt === null ? null : (
          <>
            <dt>{t.next}</dt>
            <dd>{formatAgo(callback.nextAt)}</dd>
          </>
        )}
      </dl>
      <section aria-label={t.fields}>
        <h3>{t.fields}</h3>
        <dl className="facts small fields-list">
          {callback.fields.map(({ name, value }) => (
            <div key={name} className="facts-row">
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </section>
      {mayOperate && callback.state !== "pending" ? (
        <div className="row wrap">
          <Button icon="rotate" isPending={replay.isPending} onPress={() => replay.mutate()}>
            {t.replay}
          </Button>
          <span className="dim small">{t.replayAbout}</span>
        </div>
      ) : null}
    </div>
  );
}
