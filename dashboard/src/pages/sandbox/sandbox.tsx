// The sandbox: handsets that receive and reply, faults on demand, and load.

import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, call } from "../../api/client.ts";
import { useAccount } from "../../api/use-session.ts";
import { fill } from "../../texts/fill.ts";
import { sandbox as t } from "../../texts/sandbox.ts";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { formatAgo, formatNumber } from "../../ui/format.ts";
import { Card, Page } from "../../ui/page.tsx";
import { QueryView } from "../../ui/state.tsx";
import { numberIn } from "../messages/search.ts";
import { FaultSwitches } from "./faults.tsx";
import { Handset } from "./handset.tsx";
import { LoadGenerator } from "./load-generator.tsx";

const newsEveryMs = 3_000;
const firstHandset = "+12025550142";

export function Sandbox() {
  const account = useAccount();
  const [chosen, setChosen] = useState<string | null>(null);
  const query = useQuery({
    queryKey: ["handsets", account],
    queryFn: () => call(api.GET("/trunkline/v1/sandbox/handsets", { params: { query: { limit: 30 } } })),
    enabled: account !== "",
    refetchInterval: newsEveryMs,
  });
  const shown = chosen ?? query.data?.handsets[0]?.number ?? firstHandset;
  return (
    <Page title={t.title} about={t.about}>
      <div className="welcome">
        <div className="stack">
          <Card title={t.handsets}>
            <div className="stack tight">
              <OpenHandset onOpen={setChosen} />
              <QueryView query={query}>
                {({ handsets }) =>
                  handsets.length === 0 ? (
                    <p className="dim">
                      <strong>{t.noHandsets}.</strong> {t.noHandsetsAbout}
                    </p>
                  ) : (
                    <ul className="handset-list">
                      {handsets.map(({ number, received, sent, lastActivityAt }) => (
                        <li key={number}>
                          <button type="button" aria-pressed={number === shown} onClick={() => setChosen(number)}>
                            <strong className="number">{number}</strong>
                            <span className="dim small">
                              {fill(t.received, { count: formatNumber(received) })}
                              {sent > 0 ? ` · ${fill(t.sentBy, { count: formatNumber(sent) })}` : ""}
                            </span>
                            <span className="dim small">{formatAgo(lastActivityAt)}</span>
                          </button>
                        </li>
                      ))}
                    </ul>
                  )
                }
              </QueryView>
            </div>
          </Card>
          <LoadGenerator />
          <FaultSwitches />
        </div>
        <Handset key={shown} number={shown} />
      </div>
    </Page>
  );
}

function OpenHandset({ onOpen }: { readonly onOpen: (number: string) => void }) {
  const [text, setText] = useState("");
  const number = numberIn(text);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (number === null) return;
    onOpen(number);
    setText("");
  };
  return (
    <form className="row" onSubmit={submit}>
      <div className="grow">
        <TextField
          label={t.openHandset}
          hideLabel
          value={text}
          onChange={setText}
          placeholder={`${t.openHandset}: +12025550199`}
          type="tel"
        />
      </div>
      <Button type="submit" isDisabled={number === null}>
        {t.open}
      </Button>
    </form>
  );
}
