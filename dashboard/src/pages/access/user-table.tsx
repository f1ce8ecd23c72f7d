// The rows of the list of users: who it is, which role they have, and what can be done about them.

import { Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import type { User } from "../../api/generated/api.d.ts";
import { fill } from "../../texts/fill.ts";
import { roles, users as t } from "../../texts/users.ts";
import { Button } from "../../ui/button.tsx";
import { ChoiceField } from "../../ui/field.tsx";
import { formatAgo, formatFull } from "../../ui/format.ts";
import { ListTable } from "../../ui/pages-view.tsx";
import type { Tone } from "../../ui/state.tsx";

interface UserTableProps {
  readonly users: readonly User[];
  readonly onRole: (user: User, role: User["role"]) => void;
  readonly onNewLink: (user: User) => void;
  readonly onRemove: (user: User) => void;
}

const roleNames = Object.keys(roles) as User["role"][];
export const roleChoices = roleNames.map((value) => ({ value, label: roles[value].name }));
const tones: Readonly<Record<User["state"], Tone>> = { active: "good", invited: "info", disabled: "bad" };

/** How somebody is called where they are spoken of. */
export function nameOf({ name, email }: Pick<User, "name" | "email">): string {
  return name === "" ? email : name;
}

export function UserTable({ users, ...handlers }: UserTableProps) {
  return (
    <ListTable label={t.title} columns={Object.values(t.columns)}>
      {users.map((user) => (
        <UserRow key={user.id} user={user} {...handlers} />
      ))}
    </ListTable>
  );
}

function UserRow({ user, onRole, onNewLink, onRemove }: { readonly user: User } & Omit<UserTableProps, "users">) {
  const { email, name, role, state, isCaller, lastSignInAt, expiresAt } = user;
  const called = nameOf(user);
  return (
    <tr>
      <td>
        <div className="key-name">
          <span className="row tight">
            <strong>{called}</strong>
            {isCaller ? <span className="badge plain">{t.you}</span> : null}
          </span>
          {name === "" ? null : <span className="dim small">{email}</span>}
        </div>
      </td>
      <td className="user-role">
        {isCaller ? (
          roles[role].name
        ) : (
          <ChoiceField
            label={fill(t.roleOf, { name: called })}
            hideLabel
            value={role}
            choices={roleChoices}
            onChange={(next) => onRole(user, next)}
          />
        )}
      </td>
      <td className="nowrap">
        {lastSignInAt === null ? (
          <span className="dim">{t.never}</span>
        ) : (
          <span title={formatFull(lastSignInAt)}>{formatAgo(lastSignInAt)}</span>
        )}
      </td>
      <td>
        <span className={`badge ${tones[state]}`}>{t.states[state]}</span>
        {expiresAt === null ? null : <LinkEnds at={expiresAt} />}
      </td>
      <td className="key-actions">
        {isCaller ? null : (
          <MenuTrigger>
            <Button look="quiet" size="small" icon="more" aria-label={fill(t.actionsOf, { name: called })} />
            <Popover className="popover" placement="bottom end">
              <Menu className="options" onAction={(key) => (key === "link" ? onNewLink(user) : onRemove(user))}>
                {state === "invited" ? (
                  <MenuItem id="link" className="option">
                    {t.newLink}
                  </MenuItem>
                ) : null}
                <MenuItem id="remove" className="option danger">
                  {state === "invited" ? t.withdraw : t.remove}
                </MenuItem>
              </Menu>
            </Popover>
          </MenuTrigger>
        )}
      </td>
    </tr>
  );
}

function LinkEnds({ at }: { readonly at: string }) {
  const over = Date.parse(at) <= Date.now();
  return <div className="dim small">{over ? t.linkRanOut : fill(t.linkGoodFor, { when: formatAgo(at) })}</div>;
}
