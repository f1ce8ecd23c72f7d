// The messages: searched, or watched live.

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useEffect, useState } from "react";
import { api, call } from "../../api/client.ts";
import { useAccount, useMay } from "../../api/use-session.ts";
import { statuses } from "../../texts/common.ts";
import { messages as t } from "../../texts/messages.ts";
import { Button } from "../../ui/button.tsx";
import { ChoiceField, Segmented, TextField } from "../../ui/field.tsx";
import { Page } from "../../ui/page.tsx";
import { Compose } from "./compose.tsx";
import { LiveTail } from "./live-tail.tsx";
import { MessageList } from "./message-list.tsx";
import { isNarrowed, type Search, sidIn } from "./search.ts";

export function Messages() {
  const search = useSearch({ from: "/messages" });
  const navigate = useNavigate();
  const maySend = useMay("send");
  const [composing, setComposing] = useState(false);
  const change = (next: Search) => void navigate({ to: "/messages", search: next });
  return (
    <Page
      title={t.title}
      about={t.about}
      actions={
        <>
          <Segmented
            label={t.mode}
            value={search.live === true ? "live" : "search"}
            choices={[
              { value: "search", label: t.modes.search },
              { value: "live", label: t.modes.live },
            ]}
            onChange={(mode) => change(mode === "live" ? { live: true } : {})}
          />
          {maySend ? (
            <Button look="primary" icon="plus" onPress={() => setComposing(true)}>
              {t.compose}
            </Button>
          ) : null}
        </>
      }
    >
      {search.live === true ? (
        <LiveTail />
      ) : (
        <div className="stack">
          <Filters key={search.q ?? ""} search={search} onChange={change} />
          {/* Another search is another way back. */}
          <MessageList key={JSON.stringify(search)} search={search} />
        </div>
      )}
      {composing ? <Compose onClose={() => setComposing(false)} /> : null}
    </Page>
  );
}

const typingMs = 350;

function Filters({ search, onChange }: { readonly search: Search; readonly onChange: (search: Search) => void }) {
  const navigate = useNavigate();
  const [text, setText] = useState(search.q ?? "");
  const [code, setCode] = useState(search.code === undefined ? "" : String(search.code));
  const look = (changes: Readonly<Record<string, unknown>>) => {
    const next = { ...search, ...changes };
    onChange(
      Object.fromEntries(Object.entries(next).filter(([, value]) => value !== "" && value !== undefined)) as Search,
    );
  };
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    const sid = sidIn(text);
    if (sid !== null) void navigate({ to: "/messages/$sid", params: { sid } });
    else if (text !== (search.q ?? "")) look({ q: text });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed starts the wait anew
  useEffect(() => {
    const wanted = /^\d{5}$/.test(code) ? Number(code) : undefined;
    if (wanted === search.code || (code !== "" && wanted === undefined)) return undefined;
    const timer = setTimeout(() => look({ code: wanted }), typingMs);
    return () => clearTimeout(timer);
  }, [code]);
  return (
    <search>
      <form className="filters" onSubmit={submit}>
        <div className="filter-text row">
          <div className="grow">
            <TextField
              label={t.searchLabel}
              hideLabel
              value={text}
              onChange={setText}
              placeholder={t.searchPlaceholder}
              type="search"
              maxLength={200}
            />
          </div>
          <Button type="submit" icon="search" aria-label={t.modes.search} />
        </div>
        <ChoiceField
          label={t.status}
          hideLabel
          value={search.status ?? "any"}
          choices={[
            { value: "any", label: t.anyStatus },
            ...Object.entries(statuses).map(([value, label]) => ({ value, label })),
          ]}
          onChange={(status) => look({ status: status === "any" ? undefined : status })}
        />
        <ProviderFilter value={search.provider} onChange={(provider) => look({ provider })} />
        <ChoiceField
          label={t.direction}
          hideLabel
          value={search.direction ?? "any"}
          choices={Object.entries(t.directions).map(([value, label]) => ({ value, label }))}
          onChange={(direction) => look({ direction: direction === "any" ? undefined : direction })}
        />
        <ChoiceField
          label={t.since}
          hideLabel
          value={search.since ?? "any"}
          choices={Object.entries(t.times).map(([value, label]) => ({ value, label }))}
          onChange={(since) => look({ since: since === "any" ? undefined : since })}
        />
        <TextField
          label={t.code}
          hideLabel
          value={code}
          onChange={setCode}
          placeholder={t.code}
          inputMode="numeric"
          maxLength={5}
        />
        {isNarrowed(search) ? (
          <Button look="quiet" icon="close" aria-label={t.clearAbout} onPress={() => onChange({})}>
            {t.clear}
          </Button>
        ) : null}
      </form>
    </search>
  );
}

interface ProviderFilterProps {
  readonly value: string | undefined;
  readonly onChange: (id: string | undefined) => void;
}

function ProviderFilter({ value, onChange }: ProviderFilterProps) {
  const account = useAccount();
  const { data } = useQuery({
    queryKey: ["providers", account],
    queryFn: () => call(api.GET("/trunkline/v1/providers")),
    enabled: account !== "",
  });
  return (
    <ChoiceField
      label={t.provider}
      hideLabel
      value={value ?? "any"}
      choices={[
        { value: "any", label: t.anyProvider },
        ...(data?.providers ?? []).map(({ id, name }) => ({ value: id, label: name })),
      ]}
      onChange={(id) => onChange(id === "any" ? undefined : id)}
    />
  );
}
