// One continent's countries, each with its switch and what went there, and a way to switch all of them.

import { useMay } from "../../api/use-session.ts";
import { countries as t } from "../../texts/countries.ts";
import { fill } from "../../texts/fill.ts";
import { Button } from "../../ui/button.tsx";
import { Switch } from "../../ui/field.tsx";
import { formatFull, formatNumber, formatTime } from "../../ui/format.ts";
import type { Continent } from "./continents.ts";
import type { Country } from "./use-countries.ts";

interface ContinentProps {
  readonly continent: Continent;
  /** Of this continent, as far as they are looked for. */
  readonly countries: readonly Country[];
  readonly estimated: boolean;
  readonly onChange: (changes: { code: string; enabled: boolean }[]) => void;
  readonly onAllow: (countries: readonly Country[]) => void;
  readonly onForbid: (countries: readonly Country[]) => void;
}

export function ContinentView({ continent, countries, estimated, onChange, onAllow, onForbid }: ContinentProps) {
  const mayOperate = useMay("operate");
  if (countries.length === 0) return null;
  const name = t.continents[continent];
  const on = countries.filter(({ enabled }) => enabled);
  const off = countries.filter(({ enabled }) => !enabled);
  return (
    <section className="continent" aria-label={name}>
      <header>
        <h3>{name}</h3>
        <span className="dim small number">{fill(t.ofContinent, { on: on.length, all: countries.length })}</span>
        <span className="grow" />
        {mayOperate ? (
          <>
            <Button
              size="small"
              look="quiet"
              aria-label={fill(t.allowOf, { name })}
              isDisabled={off.length === 0}
              onPress={() => onAllow(off)}
            >
              {t.allow}
            </Button>
            <Button
              size="small"
              look="quiet"
              aria-label={fill(t.forbidOf, { name })}
              isDisabled={on.length === 0}
              onPress={() => onForbid(on)}
            >
              {t.forbid}
            </Button>
          </>
        ) : null}
      </header>
      <div className="countries">
        {countries.map((country) => (
          <Switch
            key={country.code}
            isSelected={country.enabled}
            isDisabled={!mayOperate}
            onChange={(enabled) => onChange([{ code: country.code, enabled }])}
          >
            <span>
              {country.name} <span className="dim small">{country.prefix}</span>
            </span>
            <Facts country={country} estimated={estimated} />
          </Switch>
        ))}
      </div>
    </section>
  );
}

function Facts({ country, estimated }: { readonly country: Country; readonly estimated: boolean }) {
  const { messages, decisions, offSince } = country;
  const count = formatNumber(messages ?? 0);
  return (
    <span className="country-facts small dim">
      {messages === null || messages === 0 ? null : (
        <span>{fill(estimated ? t.aboutMessages : t.messages, { count })}</span>
      )}
      {decisions === 0 ? null : (
        <span className="badge warn" title={t.decisionsHint}>
          {fill(t.decisions, { count: formatNumber(decisions) })}
        </span>
      )}
      {offSince === null ? null : (
        <span title={formatFull(offSince)}>{fill(t.offSince, { time: formatTime(offSince) })}</span>
      )}
    </span>
  );
}
