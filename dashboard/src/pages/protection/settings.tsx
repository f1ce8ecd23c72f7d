// What protection watches, and whether its decisions hold. Settings that this form does not show (limits of single countries
// among them) stay as they are.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, call, messageOf } from "../../api/client.ts";
import type { Protection } from "../../api/generated/api.d.ts";
import { useAccount, useMay } from "../../api/use-session.ts";
import { common } from "../../texts/common.ts";
import { fill } from "../../texts/fill.ts";
import { protection as t } from "../../texts/protection.ts";
import { Button } from "../../ui/button.tsx";
import { Segmented, Switch, TextField } from "../../ui/field.tsx";
import { Card } from "../../ui/page.tsx";
import { Notice, QueryView } from "../../ui/state.tsx";
import { say } from "../../ui/toast.tsx";

type Mode = keyof typeof t.modes;
type Settings = Omit<Protection, "inForce">;

export function ProtectionSettings() {
  const sid = useAccount();
  const query = useQuery({
    queryKey: ["protection", sid],
    queryFn: () => call(api.GET("/trunkline/v1/accounts/{sid}/protection", { params: { path: { sid } } })),
    enabled: sid !== "",
    refetchOnWindowFocus: false,
  });
  return <QueryView query={query}>{(settings) => <Form key={JSON.stringify(settings)} stored={settings} />}</QueryView>;
}

function Form({ stored }: { readonly stored: Protection }) {
  const { inForce, ...initial } = stored;
  const [settings, setSettings] = useState<Settings>(initial);
  const mayOperate = useMay("operate");
  const save = useSave(initial, settings);
  const { velocity, duplicates, quietHours } = settings;
  const set = (changes: Partial<Settings>) => setSettings((old) => ({ ...old, ...changes }));
  const setVelocity = (changes: Partial<Settings["velocity"]>) => set({ velocity: { ...velocity, ...changes } });
  const setDuplicates = (changes: Partial<Settings["duplicates"]>) =>
    set({ duplicates: { ...duplicates, ...changes } });
  const setQuiet = (changes: Partial<Settings["quietHours"]>) => set({ quietHours: { ...quietHours, ...changes } });
  const mode: Mode = settings.mode ?? "auto";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const words = { providers: t.modeWords[inForce.providers], sandbox: t.modeWords[inForce.sandbox] };
  return (
    <form className="stack" onSubmit={submit}>
      {mayOperate ? null : <Notice>{common.viewOnly}</Notice>}
      <Card title={t.mode} about={fill(t.inForce, words)}>
        <div className="stack tight">
          <div>
            <Segmented
              label={t.mode}
              value={mode}
              choices={(Object.keys(t.modes) as Mode[]).map((value) => ({ value, label: t.modes[value] }))}
              onChange={(next) => set({ mode: next === "auto" ? null : next })}
            />
          </div>
          <p className="dim small">{t.modeAbout[mode]}</p>
        </div>
      </Card>
      <Card title={t.velocity}>
        <div className="stack">
          <Switch isSelected={velocity.learned} onChange={(learned) => setVelocity({ learned })}>
            {t.learned}
          </Switch>
          <div className="columns">
            <NumberField label={t.factor} value={velocity.factor} onChange={(factor) => setVelocity({ factor })} />
            <NumberField
              label={t.prefixFloor}
              value={velocity.prefixFloor}
              onChange={(prefixFloor) => setVelocity({ prefixFloor })}
            />
            <NumberField
              label={t.countryFloor}
              value={velocity.countryFloor}
              onChange={(countryFloor) => setVelocity({ countryFloor })}
            />
          </div>
        </div>
      </Card>
      <div className="columns">
        <Card title={t.duplicates}>
          <div className="stack">
            <Switch isSelected={duplicates.enabled} onChange={(enabled) => setDuplicates({ enabled })}>
              {t.duplicatesOn}
            </Switch>
            <NumberField
              label={t.duplicatesSeconds}
              value={duplicates.seconds}
              onChange={(seconds) => setDuplicates({ seconds })}
            />
          </div>
        </Card>
        <Card title={t.quiet}>
          <div className="stack">
            <Switch isSelected={quietHours.enabled} onChange={(enabled) => setQuiet({ enabled })}>
              {t.quietOn}
            </Switch>
            <div className="row">
              <TextField
                label={t.quietFrom}
                type="time"
                value={quietHours.from}
                onChange={(from) => setQuiet({ from })}
              />
              <TextField
                label={t.quietUntil}
                type="time"
                value={quietHours.until}
                onChange={(until) => setQuiet({ until })}
              />
            </div>
          </div>
        </Card>
      </div>
      {save.isError ? <Notice tone="bad">{messageOf(save.error)}</Notice> : null}
      {mayOperate ? (
        <div>
          <Button type="submit" look="primary" isPending={save.isPending}>
            {t.save}
          </Button>
        </div>
      ) : null}
    </form>
  );
}

function useSave(before: Settings, settings: Settings) {
  const sid = useAccount();
  const client = useQueryClient();
  const path = { params: { path: { sid } } };
  return useMutation({
    mutationFn: async () => {
      const { inForce: _inForce, ...now } = await call(api.GET("/trunkline/v1/accounts/{sid}/protection", path));
      if (JSON.stringify(now) !== JSON.stringify(before)) throw new Error(t.changedMeanwhile);
      return await call(api.PUT("/trunkline/v1/accounts/{sid}/protection", { ...path, body: settings }));
    },
    onSuccess: async () => {
      say(t.saved);
      await client.invalidateQueries({ queryKey: ["protection"] });
    },
  });
}

interface NumberFieldProps {
  readonly label: string;
  readonly value: number;
  readonly onChange: (value: number) => void;
}

/** Whole numbers are what the gateway takes; what is none is said at once and not passed on. */
function NumberField({ label, value, onChange }: NumberFieldProps) {
  const [text, setText] = useState(String(value));
  const isNumber = /^\d+(\.\d+)?$/.test(text);
  const change = (next: string) => {
    setText(next);
    if (/^\d+(\.\d+)?$/.test(next)) onChange(Number(next));
  };
  return (
    <TextField
      label={label}
      value={text}
      onChange={change}
      inputMode="numeric"
      problem={isNumber ? undefined : fill(t.number, { label })}
    />
  );
}
