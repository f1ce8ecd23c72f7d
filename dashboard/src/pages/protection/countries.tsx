// The countries that the account sends to, by continent: with what went there lately, so that what nobody writes to can be
// switched off without fear.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, call } from "../../api/client.ts";
import { useAccount, useMay } from "../../api/use-session.ts";
import { countries as t } from "../../texts/countries.ts";
import { fill } from "../../texts/fill.ts";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import { Segmented, TextField } from "../../ui/field.tsx";
import { Card } from "../../ui/page.tsx";
import { Notice, QueryView } from "../../ui/state.tsx";
import { sayFailure } from "../../ui/toast.tsx";
import { ContinentView } from "./continent.tsx";
import { continents } from "./continents.ts";
import { type Country, countriesKey, useCountries } from "./use-countries.ts";

type Change = { code: string; enabled: boolean };
type View = keyof typeof t.views;

interface Asked {
  readonly title: string;
  readonly about: string;
  readonly codes: readonly string[];
}

export function Countries() {
  const { allowed, countries, estimated, usageAway } = useCountries();
  const change = useChange();
  return (
    <QueryView query={allowed}>
      {() => (
        <>
          {usageAway ? <Notice tone="warn">{t.usageAway}</Notice> : null}
          <List countries={countries ?? []} estimated={estimated} onChange={change} />
        </>
      )}
    </QueryView>
  );
}

/** Shown at once, and taken back when the gateway refuses. */
function useChange(): (changes: Change[]) => void {
  const sid = useAccount();
  const client = useQueryClient();
  const queryKey = countriesKey(sid);
  const change = useMutation({
    mutationFn: (changes: Change[]) =>
      call(api.PATCH("/trunkline/v1/accounts/{sid}/geo-permissions", { params: { path: { sid } }, body: { changes } })),
    onMutate: (changes) => {
      const wanted = new Map(changes.map(({ code, enabled }) => [code, enabled]));
      client.setQueryData<{ countries: (Change & { prefix: string })[] }>(queryKey, (old) => {
        const countries = old?.countries.map((one) => ({ ...one, enabled: wanted.get(one.code) ?? one.enabled }));
        return countries && { countries };
      });
    },
    onSuccess: async (now) => {
      client.setQueryData(queryKey, now);
      await client.invalidateQueries({ queryKey: ["audit", sid] });
    },
    onError: async (thrown) => {
      sayFailure(thrown);
      await client.invalidateQueries({ queryKey });
    },
  });
  return (changes) => change.mutate(changes);
}

interface ListProps {
  readonly countries: readonly Country[];
  readonly estimated: boolean;
  readonly onChange: (changes: Change[]) => void;
}

function List({ countries, estimated, onChange }: ListProps) {
  const mayOperate = useMay("operate");
  const [text, setText] = useState("");
  const [view, setView] = useState<View>("all");
  const [asked, setAsked] = useState<Asked | null>(null);
  const shown = countries.filter((country) => isShown(country, view) && matches(country, text));
  const setAll = (codes: readonly string[], enabled: boolean) => onChange(codes.map((code) => ({ code, enabled })));
  const forbid = (title: string, going: readonly Country[]) => {
    const used = going.filter(({ messages }) => (messages ?? 0) > 0).map(({ name }) => name);
    const about = [fill(t.forbidConfirm, { count: going.length })];
    if (used.length > 0) about.push(fill(t.forbidUsed, { names: used.join(", ") }));
    setAsked({ title, about: about.join(" "), codes: going.map(({ code }) => code) });
  };
  const unused = countries.filter(({ enabled, messages }) => enabled && messages === 0);
  const on = countries.filter(({ enabled }) => enabled).length;
  return (
    <Card
      title={fill(t.on, { on, all: countries.length })}
      about={t.about}
      actions={
        mayOperate && unused.length > 0 ? (
          <Button
            onPress={() =>
              setAsked({
                title: t.unused,
                about: fill(t.unusedConfirm, { count: unused.length }),
                codes: unused.map(({ code }) => code),
              })
            }
          >
            {t.unused}
          </Button>
        ) : undefined
      }
    >
      <div className="stack">
        <div className="country-filters">
          <TextField label={t.find} hideLabel value={text} onChange={setText} placeholder={t.find} type="search" />
          <Segmented
            label={t.show}
            value={view}
            choices={Object.entries(t.views).map(([value, label]) => ({ value: value as View, label }))}
            onChange={setView}
          />
        </div>
        {shown.length === 0 ? <p className="dim">{t.none}</p> : null}
        {continents.map((continent) => (
          <ContinentView
            key={continent}
            continent={continent}
            countries={shown.filter((country) => country.continent === continent)}
            estimated={estimated}
            onChange={onChange}
            onAllow={(going) => setAll(codesOf(going), true)}
            onForbid={(going) => forbid(fill(t.forbidOf, { name: t.continents[continent] }), going)}
          />
        ))}
        <Confirm
          title={asked?.title ?? ""}
          action={t.forbid}
          danger
          isOpen={asked !== null}
          onClose={() => setAsked(null)}
          onConfirm={async () => setAll(asked?.codes ?? [], false)}
        >
          <p>{asked?.about}</p>
        </Confirm>
      </div>
    </Card>
  );
}

const codesOf = (countries: readonly Country[]): string[] => countries.map(({ code }) => code);

function isShown({ enabled, messages, decisions }: Country, view: View): boolean {
  if (view === "used") return (messages ?? 0) > 0 || decisions > 0;
  return view === "all" || enabled === (view === "on");
}

function matches({ name, code, prefix }: Country, text: string): boolean {
  const typed = text.trim().toLowerCase();
  if (/^\+?\d+$/.test(typed)) return prefix.startsWith(typed.startsWith("+") ? typed : `+${typed}`);
  return name.toLowerCase().includes(typed) || code.toLowerCase() === typed;
}
