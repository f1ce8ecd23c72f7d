// Fault rules as switches. Each turn of a switch is made on the rules as they stand at that moment, so that what somebody else
// has just written is not lost.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, call } from "../../api/client.ts";
import { useAccount, useMay } from "../../api/use-session.ts";
import { fill } from "../../texts/fill.ts";
import { sandbox as t } from "../../texts/sandbox.ts";
import { Button } from "../../ui/button.tsx";
import { Segmented, Switch } from "../../ui/field.tsx";
import { Card } from "../../ui/page.tsx";
import { QueryView } from "../../ui/state.tsx";
import { sayFailure } from "../../ui/toast.tsx";
import {
  type Faults,
  otherRules,
  type PresetName,
  presetNames,
  presetOf,
  shareOf,
  withPreset,
} from "./fault-presets.ts";

const load = () => call(api.GET("/trunkline/v1/sandbox/faults"));

export function FaultSwitches() {
  const account = useAccount();
  const client = useQueryClient();
  const mayOperate = useMay("operate");
  const [share, setShare] = useState<keyof typeof t.shares>("1");
  const queryKey = ["faults", account];
  const query = useQuery({ queryKey, queryFn: load, enabled: account !== "" });
  const change = useMutation({
    mutationFn: async (decide: (now: Faults) => Faults) =>
      await call(api.PUT("/trunkline/v1/sandbox/faults", { body: decide(await load()) })),
    onMutate: (decide) => client.setQueryData<Faults>(queryKey, (old) => old && decide(old)),
    onError: sayFailure,
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
  const set = (name: PresetName, on: boolean) =>
    change.mutate((now) => withPreset(now, name, on ? Number(share) : null));
  return (
    <Card
      title={t.faults}
      about={t.faultsAbout}
      actions={
        <Segmented
          label={t.share}
          value={share}
          choices={(Object.keys(t.shares) as (keyof typeof t.shares)[])
            .sort((one, other) => Number(other) - Number(one))
            .map((value) => ({ value, label: t.shares[value] }))}
          onChange={setShare}
        />
      }
    >
      <QueryView query={query}>
        {(faults) => (
          <div className="stack">
            <div className="switches">
              {presetNames.map((name) => {
                const [title, about] = t.presets[name];
                const on = shareOf(faults, name);
                return (
                  <Switch
                    key={name}
                    isSelected={on !== null}
                    isDisabled={!mayOperate}
                    onChange={(next) => set(name, next)}
                  >
                    <span className="switch-title">
                      {title}
                      {on === null || on === 1 ? null : <span className="badge plain">{Math.round(on * 100)} %</span>}
                    </span>
                    <span className="dim small">{about}</span>
                  </Switch>
                );
              })}
            </div>
            <Others
              faults={faults}
              {...(mayOperate
                ? {
                    onRemove: () =>
                      change.mutate((now) => ({ ...now, rules: now.rules.filter((rule) => presetOf(rule) !== null) })),
                  }
                : {})}
            />
          </div>
        )}
      </QueryView>
    </Card>
  );
}

function Others({ faults, onRemove }: { readonly faults: Faults; readonly onRemove?: () => void }) {
  const others = otherRules(faults);
  if (others.length === 0) return null;
  return (
    <div className="stack tight">
      <div className="row wrap">
        <div className="grow">
          <h3>{t.otherRules}</h3>
          <p className="dim small">{t.otherRulesAbout}</p>
        </div>
        {onRemove === undefined ? null : (
          <Button size="small" look="danger" onPress={onRemove}>
            {t.removeRules}
          </Button>
        )}
      </div>
      <ul className="stack tight">
        {others.map((rule, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rules have no other name than their place
          <li key={index}>
            <code>{JSON.stringify(rule)}</code>
          </li>
        ))}
      </ul>
      <span className="visually-hidden">{fill(t.faultsOn, { count: faults.rules.length })}</span>
    </div>
  );
}
