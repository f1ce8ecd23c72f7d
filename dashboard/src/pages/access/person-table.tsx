// The rows of everybody at the gateway, and what an administrator may do about each.

import { Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import type { Person } from "../../api/generated/api.d.ts";
import { fill } from "../../texts/fill.ts";
import { roles, people as t, users as u } from "../../texts/users.ts";
import { Button } from "../../ui/button.tsx";
import { formatAgo, formatFull } from "../../ui/format.ts";
import { ListTable } from "../../ui/pages-view.tsx";
import { nameOf } from "./user-table.tsx";

export type PersonAction = "make" | "unmake" | "disable" | "enable" | "password-link" | "remove";

interface PersonTableProps {
  readonly people: readonly Person[];
  readonly onAction: (person: Person, action: PersonAction) => void;
}

const columns = [u.columns.person, t.accounts, u.columns.lastSignIn, u.columns.state, u.columns.actions];

export function PersonTable({ people, onAction }: PersonTableProps) {
  return (
    <ListTable label={t.title} columns={columns}>
      {people.map((person) => (
        <tr key={person.id}>
          <td>
            <div className="key-name">
              <span className="row tight">
                <strong>{nameOf(person)}</strong>
                {person.isCaller ? <span className="badge plain">{u.you}</span> : null}
              </span>
              {person.name === "" ? null : <span className="dim small">{person.email}</span>}
            </div>
          </td>
          <td>
            <AccountsOf person={person} />
          </td>
          <td className="nowrap">
            {person.lastSignInAt === null ? (
              <span className="dim">{u.never}</span>
            ) : (
              <span title={formatFull(person.lastSignInAt)}>{formatAgo(person.lastSignInAt)}</span>
            )}
          </td>
          <td>
            <span className={`badge ${person.state === "active" ? "good" : "bad"}`}>{u.states[person.state]}</span>
          </td>
          <td className="key-actions">{person.isCaller ? null : <Actions person={person} onAction={onAction} />}</td>
        </tr>
      ))}
    </ListTable>
  );
}

function AccountsOf({ person: { administrator, accounts } }: { readonly person: Person }) {
  if (administrator) return <span className="badge warn">{t.administrator}</span>;
  if (accounts.length === 0) return <span className="dim">{t.noAccount}</span>;
  return (
    <ul className="plain">
      {accounts.map(({ sid, friendlyName, role }) => (
        <li key={sid} className="small">
          {friendlyName || sid}: {roles[role].name}
        </li>
      ))}
    </ul>
  );
}

function Actions({ person, onAction }: { readonly person: Person } & Pick<PersonTableProps, "onAction">) {
  const items: readonly (readonly [PersonAction, string])[] = [
    person.administrator ? ["unmake", t.unmake] : ["make", t.make],
    ["password-link", t.passwordLink],
    person.state === "active" ? ["disable", t.disable] : ["enable", t.enable],
    ["remove", t.remove],
  ];
  return (
    <MenuTrigger>
      <Button look="quiet" size="small" icon="more" aria-label={fill(u.actionsOf, { name: person.email })} />
      <Popover className="popover" placement="bottom end">
        <Menu className="options" onAction={(action) => onAction(person, action as PersonAction)}>
          {items.map(([id, name]) => (
            <MenuItem key={id} id={id} className={id === "remove" ? "option danger" : "option"}>
              {name}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
