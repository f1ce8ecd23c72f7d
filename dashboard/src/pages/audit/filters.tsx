// What narrows the audit log down: who, what, when; and one actor or one thing, which an entry has led to.

import type { AuditEntry } from "../../api/generated/api.d.ts";
import { actorKinds, areas, audit as t } from "../../texts/audit.ts";
import { fill } from "../../texts/fill.ts";
import { Button } from "../../ui/button.tsx";
import { ChoiceField } from "../../ui/field.tsx";
import type { AuditSearch } from "./search.ts";
import { shortId, subjectOf, whoOf } from "./words.ts";

interface FiltersProps {
  readonly search: AuditSearch;
  /** The entries in sight: they know what ids are called. */
  readonly seen: readonly AuditEntry[];
  readonly onChange: (search: AuditSearch) => void;
}

const kinds = Object.entries(actorKinds);

export function Filters({ search, seen, onChange }: FiltersProps) {
  const { who, what, subject, since } = search;
  const look = (changes: { readonly [Key in keyof AuditSearch]: AuditSearch[Key] | undefined }) => {
    const next = Object.entries({ ...search, ...changes }).filter(([, value]) => value !== undefined);
    onChange(Object.fromEntries(next) as AuditSearch);
  };
  const isOne = who !== undefined && !Object.hasOwn(actorKinds, who);
  return (
    <search className="stack tight">
      <div className="audit-filters">
        <ChoiceField
          label={t.who}
          hideLabel
          value={isOne ? "one" : (who ?? "any")}
          choices={[
            { value: "any", label: t.anyone },
            ...(isOne ? [{ value: "one", label: nameOfActor(who, seen) }] : []),
            ...kinds.map(([value, label]) => ({ value, label })),
          ]}
          onChange={(kind) => kind !== "one" && look({ who: kind === "any" ? undefined : kind })}
        />
        <ChoiceField
          label={t.what}
          hideLabel
          value={what ?? "any"}
          choices={[
            { value: "any", label: t.anything },
            ...Object.entries(areas).map(([value, label]) => ({ value, label })),
          ]}
          onChange={(area) => look({ what: area === "any" ? undefined : (area as keyof typeof areas) })}
        />
        <ChoiceField
          label={t.when}
          hideLabel
          value={since ?? "any"}
          choices={Object.entries(t.times).map(([value, label]) => ({ value, label }))}
          onChange={(time) => look({ since: time === "any" ? undefined : (time as AuditSearch["since"]) })}
        />
        {Object.keys(search).length === 0 ? null : (
          <Button look="quiet" icon="close" onPress={() => onChange({})}>
            {t.clear}
          </Button>
        )}
      </div>
      {subject === undefined ? null : (
        <Chip
          text={fill(t.onlySubject, { subject: nameOfSubject(subject, seen) })}
          onRemove={() => look({ subject: undefined })}
        />
      )}
    </search>
  );
}

function Chip({ text, onRemove }: { readonly text: string; readonly onRemove: () => void }) {
  return (
    <div>
      <Button size="small" icon="close" aria-label={fill(t.removeFilter, { filter: text })} onPress={onRemove}>
        {text}
      </Button>
    </div>
  );
}

function nameOfActor(who: string, seen: readonly AuditEntry[]): string {
  const found = seen.find(({ actor }) => who === (actor.id === null ? actor.kind : `${actor.kind} ${actor.id}`));
  const known = found && whoOf(found.actor);
  return fill(t.onlyWho, { who: known === undefined ? shortId(who) : `${known.name} (${known.kind})` });
}

function nameOfSubject(subject: string, seen: readonly AuditEntry[]): string {
  const found = seen.find((entry) => entry.subject.id === subject);
  return found === undefined ? shortId(subject) : subjectOf(found);
}
