// The rows of the list of keys: what each is, what it may, when it was used and when it ends.

import { Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import type { ListedKey } from "../../api/generated/api.d.ts";
import { fill } from "../../texts/fill.ts";
import { keys as t } from "../../texts/keys.ts";
import { Button } from "../../ui/button.tsx";
import { formatAgo, formatFull } from "../../ui/format.ts";
import { ListTable } from "../../ui/pages-view.tsx";
import { isChangeable } from "./change-key.tsx";
import { nameOf } from "./key-name.ts";
import type { Removal } from "./remove-key.tsx";

interface KeyTableProps {
  readonly rows: readonly ListedKey[];
  readonly onChange: (row: ListedKey) => void;
  readonly onRemove: (removal: Removal) => void;
}

export function KeyTable({ rows, onChange, onRemove }: KeyTableProps) {
  return (
    <ListTable label={t.title} columns={Object.values(t.columns)}>
      {rows.map((row) => (
        <tr key={`${row.kind} ${row.id}`}>
          <td>
            <NameOf row={row} />
          </td>
          <td>
            <MayOf row={row} />
          </td>
          <td className="nowrap">
            {row.lastUsedAt === null ? (
              <span className="dim">{row.kind === "service-account" ? "–" : t.notYet}</span>
            ) : (
              <span title={formatFull(row.lastUsedAt)}>{formatAgo(row.lastUsedAt)}</span>
            )}
          </td>
          <td className="nowrap">
            <Ends row={row} />
          </td>
          <td className="key-actions">
            <Actions row={row} onChange={onChange} onRemove={onRemove} />
          </td>
        </tr>
      ))}
    </ListTable>
  );
}

function NameOf({ row }: { readonly row: ListedKey }) {
  const { kind, publicId, hint, owner } = row;
  const called = row.name ?? (kind === "service-account-key" ? (owner?.name ?? null) : null);
  const told = [
    t.kinds[kind],
    ...(kind === "personal-access-token" && owner !== null ? [fill(t.of, { name: owner.name })] : []),
  ].join(" ");
  const id = publicId ?? (hint === null ? null : fill(t.hint, { hint }));
  return (
    <div className="key-name">
      {called === null ? <span className="dim">{t.unnamed}</span> : <strong>{called}</strong>}
      <span className="dim small">{told}</span>
      {id === null ? null : <span className="dim mono">{id}</span>}
    </div>
  );
}

function MayOf({ row: { role, permissions } }: { readonly row: ListedKey }) {
  if (role !== null) {
    return (
      <span className={role === "owner" ? "badge warn" : "badge plain"} title={t.roles[role]}>
        {t.shortRoles[role]}
      </span>
    );
  }
  if (permissions === null) return <span className="badge plain">{t.allEndpoints}</span>;
  const [only] = permissions;
  const words = permissions.length === 1 ? t.onePermission : fill(t.permissions, { count: permissions.length });
  return permissions.length === 1 ? (
    <span className="mono key-permission">{only}</span>
  ) : (
    <details className="key-permissions">
      <summary>{words}</summary>
      <ul className="mono">
        {permissions.map((permission) => (
          <li key={permission}>{permission}</li>
        ))}
      </ul>
    </details>
  );
}

const soonMs = 14 * 86_400_000;

function Ends({ row: { expiresAt, expired } }: { readonly row: ListedKey }) {
  if (expiresAt === null) return <span className="dim">{t.never}</span>;
  if (expired) return <span className="badge bad">{t.expired}</span>;
  const soon = Date.parse(expiresAt) - Date.now() < soonMs;
  return (
    <span className={soon ? "badge warn" : ""} title={formatFull(expiresAt)}>
      {formatAgo(expiresAt)}
    </span>
  );
}

function Actions({ row, onChange, onRemove }: { readonly row: ListedKey } & Omit<KeyTableProps, "rows">) {
  const name = nameOf(row);
  const label = fill(t.actions, { name });
  const belongs = row.owner !== null && row.kind !== "service-account";
  return (
    <MenuTrigger>
      <Button look="quiet" size="small" icon="more" aria-label={label} />
      <Popover className="popover" placement="bottom end">
        <Menu
          className="options"
          onAction={(key) => (key === "change" ? onChange(row) : onRemove({ row, withOwner: key === "owner" }))}
        >
          {isChangeable(row) ? (
            <MenuItem id="change" className="option">
              {t.change}
            </MenuItem>
          ) : null}
          <MenuItem id="key" className="option danger">
            {t.remove}
          </MenuItem>
          {belongs ? (
            <MenuItem id="owner" className="option danger">
              {fill(t.removeOwner, { owner: row.owner?.name ?? "" })}
            </MenuItem>
          ) : null}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
