// What differs between before and after: told by sign and by words, and only then by colour.

import type { AuditEntry } from "../../api/generated/api.d.ts";
import { audit as t } from "../../texts/audit.ts";
import { fill } from "../../texts/fill.ts";

type Change = AuditEntry["changes"][number];

const charactersMax = 600;

export function Difference({ entry }: { readonly entry: AuditEntry }) {
  const { changes: all, moreChanges } = entry;
  // Where the order is told by names, ids say nothing more; they are in the JSON.
  const named = all.some(({ path }) => path === "order");
  const changes = named ? all.filter(({ path }) => path !== "providers" && path !== "providers[]") : all;
  if (changes.length === 0) return <p className="dim small">{t.noChanges}</p>;
  return (
    <>
      <ul className="changes" aria-label={t.changes}>
        {changes.map((change, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an entry never changes, and members of a list share a path
          <li key={`${change.path} ${index}`} className="change">
            <span className="change-path">
              <code>{change.path.replace(/\[\]$/, "")}</code>
            </span>
            <Values change={change} />
          </li>
        ))}
      </ul>
      {moreChanges > 0 ? <p className="dim small">{fill(t.moreChanges, { count: moreChanges })}</p> : null}
    </>
  );
}

function Values({ change: { before, after } }: { readonly change: Change }) {
  if (before === "[secret]" && after === "[secret]") return <span className="change-secret">{t.secret}</span>;
  return (
    <span className="change-values">
      {isNothing(before) ? null : (
        <del className="change-before">
          <span aria-hidden="true">−</span>
          <span className="visually-hidden">{t.before}</span>
          <span>{textOf(before)}</span>
        </del>
      )}
      {isNothing(after) ? null : (
        <ins className="change-after">
          <span aria-hidden="true">+</span>
          <span className="visually-hidden">{t.after}</span>
          <span>{textOf(after)}</span>
        </ins>
      )}
    </span>
  );
}

/** An empty list says no more than that there is nothing. */
function isNothing(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}

function textOf(value: unknown): string {
  const list = Array.isArray(value) && value.every((item) => typeof item !== "object") ? value.join(", ") : undefined;
  const text = typeof value === "string" ? value : (list ?? JSON.stringify(value));
  if (text === "") return '""';
  return text.length > charactersMax ? `${text.slice(0, charactersMax)} …` : text;
}
