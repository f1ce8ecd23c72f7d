// What would be decided about a message, without sending it.

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, call, messageOf } from "../../api/client.ts";
import type { ProtectionExplanation } from "../../api/generated/api.d.ts";
import { useStoredSession } from "../../api/use-session.ts";
import { fill } from "../../texts/fill.ts";
import { protection as t } from "../../texts/protection.ts";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { formatNumber } from "../../ui/format.ts";
import { Card } from "../../ui/page.tsx";
import { ListTable } from "../../ui/pages-view.tsx";
import { Notice, type Tone } from "../../ui/state.tsx";

const tones: Readonly<Record<ProtectionExplanation["verdict"], Tone>> = {
  ...{ pass: "good", denied: "bad", recorded: "warn", held: "warn" },
};

export function Explain() {
  const [to, setTo] = useState("");
  const [body, setBody] = useState("");
  const { account } = useStoredSession();
  const ask = useMutation({
    mutationFn: () => {
      const named = account === null ? {} : { account };
      return call(api.POST("/trunkline/v1/protection/explain", { body: { to: to.trim(), body, ...named } }));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate();
  };
  return (
    <div className="columns">
      <Card title={t.tabs.explain} about={t.explainAbout}>
        <form className="stack" onSubmit={submit}>
          <TextField label={t.to} value={to} onChange={setTo} placeholder="+12025550142" type="tel" isRequired />
          <TextField label={t.text} value={body} onChange={setBody} rows={3} />
          <div>
            <Button type="submit" look="primary" isPending={ask.isPending}>
              {t.ask}
            </Button>
          </div>
        </form>
      </Card>
      <div className="stack" aria-live="polite">
        {ask.isError ? <Notice tone="bad">{messageOf(ask.error)}</Notice> : null}
        {ask.data === undefined ? null : <Explained explanation={ask.data} />}
      </div>
    </div>
  );
}

function Explained({ explanation }: { readonly explanation: ProtectionExplanation }) {
  const { verdict, decisions, exemptions, counters } = explanation;
  const { scope, minute, ten, hour, usual } = t.counterColumns;
  return (
    <>
      <Notice tone={tones[verdict]}>
        <strong>{t.verdicts[verdict]}</strong>
        {decisions.map((decision) => (
          <p key={decision.rule}>{decision.explanation}</p>
        ))}
        {exemptions.length === 0 ? null : (
          <p>{fill(t.exempt, { reasons: exemptions.map((reason) => t.exemptions[reason]).join(", ") })}</p>
        )}
      </Notice>
      {counters.length === 0 ? null : (
        <Card title={t.counters}>
          <ListTable label={t.counters} columns={[scope, minute, ten, hour, usual]}>
            {counters.map((counter) => (
              <tr key={`${counter.scope} ${counter.key}`}>
                <td>
                  {t.scopes[counter.scope]} <span className="dim small">{counter.key}</span>
                </td>
                <td className="number">{formatNumber(counter.inMinute)}</td>
                <td className="number">{formatNumber(counter.inTenMinutes)}</td>
                <td className="number">{formatNumber(counter.inHour)}</td>
                <td className="number">{formatNumber(Math.round(counter.usual))}</td>
              </tr>
            ))}
          </ListTable>
        </Card>
      )}
    </>
  );
}
