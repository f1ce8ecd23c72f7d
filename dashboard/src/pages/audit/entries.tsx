// The entries by day: a line each, which opens to show what differs.

import { useId, useState } from "react";
import type { AuditEntry } from "../../api/generated/api.d.ts";
import { audit as t } from "../../texts/audit.ts";
import { fill } from "../../texts/fill.ts";
import { Button, ButtonLink, CopyButton } from "../../ui/button.tsx";
import { formatClock, formatDay, formatFull } from "../../ui/format.ts";
import { Icon } from "../../ui/icon.tsx";
import { Difference } from "./difference.tsx";
import type { AuditSearch } from "./search.ts";
import { deedOf, subjectOf, whoOf } from "./words.ts";

interface EntriesProps {
  readonly entries: readonly AuditEntry[];
  /** Only these from now on. */
  readonly onNarrow: (to: AuditSearch) => void;
}

export function Entries({ entries, onNarrow }: EntriesProps) {
  const days = Map.groupBy(entries, ({ at }) => new Date(at).toDateString());
  return [...days.values()].map((ofDay) => {
    const day = formatDay(ofDay[0]?.at ?? "", { today: t.today, yesterday: t.yesterday });
    return (
      <section key={ofDay[0]?.id} className="audit-day" aria-label={fill(t.log, { day })}>
        <h2>{day}</h2>
        <ul>
          {ofDay.map((entry) => (
            <Entry key={entry.id} entry={entry} onNarrow={onNarrow} />
          ))}
        </ul>
      </section>
    );
  });
}

interface EntryProps extends Pick<EntriesProps, "onNarrow"> {
  readonly entry: AuditEntry;
}

function Entry({ entry, onNarrow }: EntryProps) {
  const [open, setOpen] = useState(false);
  const details = useId();
  const who = whoOf(entry.actor);
  return (
    <li className="audit-entry" data-open={open}>
      <button type="button" aria-expanded={open} aria-controls={details} onClick={() => setOpen(!open)}>
        <Icon name="right" />
        <time className="number dim" dateTime={entry.at} title={formatFull(entry.at)}>
          {formatClock(entry.at)}
        </time>
        <span className="audit-who">
          <strong>{who.name}</strong> <span className="dim small">{who.kind}</span>
        </span>
        <span className="audit-what">
          <Deed entry={entry} />
          {entry.scope === "installation" ? <span className="badge plain">{t.installation}</span> : null}
        </span>
      </button>
      <div id={details} className="audit-details" hidden={!open}>
        {open ? <Details entry={entry} who={who.name} onNarrow={onNarrow} /> : null}
      </div>
    </li>
  );
}

function Deed({ entry }: { readonly entry: AuditEntry }) {
  const [before, after] = deedOf(entry);
  if (after === undefined) return <span>{before}</span>;
  return (
    <span>
      {before}
      <b>{subjectOf(entry)}</b>
      {after}
    </span>
  );
}

function Details({ entry, who, onNarrow }: EntryProps & { readonly who: string }) {
  const { actor, subject, changes: _changes, moreChanges: _more, ...raw } = entry;
  const actorText = actor.id === null ? actor.kind : `${actor.kind} ${actor.id}`;
  return (
    <>
      <Difference entry={entry} />
      <p className="dim small audit-ids">
        <code>{entry.action}</code> <code>{subject.id}</code> <code>{actorText}</code>
      </p>
      <div className="row wrap">
        {subject.kind === "provider" ? (
          <ButtonLink size="small" icon="providers" to="/providers/$id" params={{ id: subject.id }}>
            {t.openProvider}
          </ButtonLink>
        ) : null}
        {subject.kind === "message" ? (
          <ButtonLink size="small" icon="messages" to="/messages/$sid" params={{ sid: subject.id }}>
            {t.openMessage}
          </ButtonLink>
        ) : null}
        <Button size="small" onPress={() => onNarrow({ subject: subject.id })}>
          {t.aboutIt}
        </Button>
        <Button size="small" onPress={() => onNarrow({ who: actorText })}>
          {fill(t.byThem, { who })}
        </Button>
        <CopyButton text={JSON.stringify({ ...raw, actor, subject }, null, 2)} label={t.json} />
      </div>
    </>
  );
}
