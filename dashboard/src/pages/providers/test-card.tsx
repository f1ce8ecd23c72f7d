// A test message through one provider alone, and what came of it.

import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { api, call, messageOf } from "../../api/client.ts";
import type { ProviderTest } from "../../api/generated/api.d.ts";
import { useMay } from "../../api/use-session.ts";
import { provider as t } from "../../texts/providers.ts";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { formatDuration } from "../../ui/format.ts";
import { Card } from "../../ui/page.tsx";
import { Notice, type Tone } from "../../ui/state.tsx";

const tones: Readonly<Record<ProviderTest["outcome"], Tone>> = {
  ...{ sent: "good", delivered: "good", failed: "bad", pending: "warn" },
};

export function TestCard({ id }: { readonly id: string }) {
  const [to, setTo] = useState("");
  const mayOperate = useMay("operate");
  const test = useMutation({
    mutationFn: () =>
      call(api.POST("/trunkline/v1/providers/{id}/test", { params: { path: { id } }, body: { to: to.trim() } })),
  });
  if (!mayOperate) return null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    test.mutate();
  };
  return (
    <Card title={t.test} about={t.testAbout}>
      <form className="stack tight" onSubmit={submit}>
        <TextField label={t.testTo} value={to} onChange={setTo} placeholder="+12025550142" type="tel" isRequired />
        <div>
          <Button type="submit" icon="send" isPending={test.isPending}>
            {t.testSend}
          </Button>
        </div>
        {test.isPending ? <p className="small dim">{t.testRunning}</p> : null}
        {test.isError ? <Notice tone="bad">{messageOf(test.error)}</Notice> : null}
        {test.data === undefined ? null : <Outcome test={test.data} />}
      </form>
    </Card>
  );
}

function Outcome({ test }: { readonly test: ProviderTest }) {
  const code = test.errorCode === null ? null : `${test.errorCode} ${test.errorMessage ?? ""}`;
  return (
    <Notice tone={tones[test.outcome]}>
      <strong>{t.outcomes[test.outcome]}</strong> <span className="dim">{formatDuration(test.durationMs)}</span>
      {code === null ? null : <p>{code}</p>}
      {test.reason === null ? null : <p>{test.reason}</p>}
      <p>
        <Link to="/messages/$sid" params={{ sid: test.messageSid }}>
          {t.openMessage}
        </Link>
      </p>
    </Notice>
  );
}
