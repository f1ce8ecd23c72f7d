// The countries that the account sends to, as a list of switches that can be searched.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, call } from "../../api/client.ts";
import { useAccount, useMay } from "../../api/use-session.ts";
import { fill } from "../../texts/fill.ts";
import { protection as t } from "../../texts/protection.ts";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import { Switch, TextField } from "../../ui/field.tsx";
import { Card } from "../../ui/page.tsx";
import { QueryView } from "../../ui/state.tsx";
import { sayFailure } from "../../ui/toast.tsx";

interface Country {
  readonly code: string;
  readonly prefix: string;
  readonly enabled: boolean;
}

const names = new Intl.DisplayNames("en", { type: "region", fallback: "code" });

export function Countries() {
  const sid = useAccount();
  const client = useQueryClient();
  const path = { params: { path: { sid } } };
  const queryKey = ["countries", sid];
  const query = useQuery({
    queryKey,
    queryFn: () => call(api.GET("/trunkline/v1/accounts/{sid}/geo-permissions", path)),
    enabled: sid !== "",
  });
  const change = useMutation({
    mutationFn: (changes: { code: string; enabled: boolean }[]) =>
      call(api.PATCH("/trunkline/v1/accounts/{sid}/geo-permissions", { ...path, body: { changes } })),
    onMutate: (changes) => {
      const wanted = new Map(changes.map(({ code, enabled }) => [code, enabled]));
      client.setQueryData<{ countries: Country[] }>(queryKey, (old) => {
        const countries = old?.countries.map((one) => ({ ...one, enabled: wanted.get(one.code) ?? one.enabled }));
        return countries && { countries };
      });
    },
    onSuccess: (now) => client.setQueryData(queryKey, now),
    onError: async (thrown) => {
      sayFailure(thrown);
      await client.invalidateQueries({ queryKey });
    },
  });
  return (
    <QueryView query={query}>
      {({ countries }) => <List countries={countries} onChange={(changes) => change.mutate(changes)} />}
    </QueryView>
  );
}

interface ListProps {
  readonly countries: readonly Country[];
  readonly onChange: (changes: { code: string; enabled: boolean }[]) => void;
}

function List({ countries, onChange }: ListProps) {
  const [text, setText] = useState("");
  const [asking, setAsking] = useState(false);
  const mayOperate = useMay("operate");
  const wanted = text.trim().toLowerCase();
  const named = countries.map((one) => ({ ...one, name: names.of(one.code) ?? one.code }));
  const shown = named
    .filter(({ name, code, prefix }) => `${name} ${code} ${prefix}`.toLowerCase().includes(wanted))
    .sort((one, other) => one.name.localeCompare(other.name));
  const setAll = (enabled: boolean) =>
    onChange(shown.filter((one) => one.enabled !== enabled).map(({ code }) => ({ code, enabled })));
  const on = countries.filter(({ enabled }) => enabled).length;
  return (
    <Card title={fill(t.countriesOn, { on, all: countries.length })} about={t.countriesAbout}>
      <div className="stack">
        <div className="row wrap">
          <div className="grow">
            <TextField
              label={t.findCountry}
              hideLabel
              value={text}
              onChange={setText}
              placeholder={t.findCountry}
              type="search"
            />
          </div>
          {mayOperate ? (
            <>
              <Button isDisabled={shown.every(({ enabled }) => enabled)} onPress={() => setAll(true)}>
                {t.allOn}
              </Button>
              <Button isDisabled={!shown.some(({ enabled }) => enabled)} onPress={() => setAsking(true)}>
                {t.allOff}
              </Button>
            </>
          ) : null}
        </div>
        <Confirm
          title={t.allOff}
          action={t.allOff}
          danger
          isOpen={asking}
          onClose={() => setAsking(false)}
          onConfirm={async () => setAll(false)}
        >
          <p>{fill(t.allOffConfirm, { count: shown.filter(({ enabled }) => enabled).length })}</p>
        </Confirm>
        {shown.length === 0 ? <p className="dim">{t.countryNone}</p> : null}
        <div className="countries">
          {shown.map(({ code, prefix, name, enabled }) => (
            <Switch
              key={code}
              isSelected={enabled}
              isDisabled={!mayOperate}
              onChange={(next) => onChange([{ code, enabled: next }])}
            >
              {name} <span className="dim small">{prefix}</span>
            </Switch>
          ))}
        </div>
      </div>
    </Card>
  );
}
