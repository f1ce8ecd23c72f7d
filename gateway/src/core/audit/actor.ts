// Who made a change, as the audit log keeps it: a kind and an id (`access-key 0198…`, `auth-token AC…`), or a part of the
// gateway that acted by itself (`retention`).

export interface Actor {
  readonly kind: string;
  /** Null: the gateway itself. */
  readonly id: string | null;
}

export function readActor(actor: string): Actor {
  const space = actor.indexOf(" ");
  return space < 0 ? { kind: actor, id: null } : { kind: actor.slice(0, space), id: actor.slice(space + 1) };
}
