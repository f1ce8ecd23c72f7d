// Everybody at the gateway, for administrators: who is one, who may sign in at all, and links for those who cannot.

import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, call } from "../../api/client.ts";
import type { InvitationLink, Person } from "../../api/generated/api.d.ts";
import { fill } from "../../texts/fill.ts";
import { people as t, users as u } from "../../texts/users.ts";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import { TextField } from "../../ui/field.tsx";
import { Card } from "../../ui/page.tsx";
import { PagesView } from "../../ui/pages-view.tsx";
import { Empty } from "../../ui/state.tsx";
import { say, sayFailure } from "../../ui/toast.tsx";
import { Invite, LinkDialog } from "./invite.tsx";
import { type PersonAction, PersonTable } from "./person-table.tsx";
import { nameOf } from "./user-table.tsx";

const key = ["people"];

export function People() {
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [inviting, setInviting] = useState(false);
  const [made, setMade] = useState<InvitationLink | null>(null);
  const [removing, setRemoving] = useState<Pick<Person, "id" | "email" | "name"> | null>(null);
  const query = useInfiniteQuery({
    queryKey: [...key, email],
    initialPageParam: "",
    queryFn: ({ pageParam: after }) => {
      const asked = { limit: 50, email: email.trim(), ...(after === "" ? {} : { after }) };
      return call(api.GET("/trunkline/v1/users", { params: { query: asked } }));
    },
    getNextPageParam: (page) => page.next,
    placeholderData: (before) => before,
  });
  const refresh = () => client.invalidateQueries({ queryKey: key });
  const change = useMutation({
    mutationFn: (asked: { readonly person: Person; readonly action: PersonAction }) => act(asked, setMade),
    onSuccess: (_none, { person, action }) =>
      action === "password-link" ? undefined : say(fill(t.changed, { name: nameOf(person) })),
    onError: sayFailure,
    onSettled: refresh,
  });
  const invite = async (to: string) => {
    const link = await call(api.POST("/trunkline/v1/users", { body: { email: to } }));
    await refresh();
    return link;
  };
  const remove = async (id: string) => {
    await call(api.DELETE("/trunkline/v1/users/{id}", { params: { path: { id } } }));
    await client.invalidateQueries({ queryKey: ["users"] });
    await refresh();
  };
  const button = (
    <Button icon="plus" onPress={() => setInviting(true)}>
      {t.invite}
    </Button>
  );
  return (
    <Card title={t.title} about={t.about} actions={button}>
      <div className="stack">
        <div className="people-search">
          <TextField label={t.search} value={email} onChange={setEmail} type="search" autoComplete="off" />
        </div>
        <Invited invitations={query.data?.pages[0]?.invitations ?? []} onRemove={setRemoving} />
        <PagesView query={query} rowsOf={(page) => page.users} empty={<Empty icon="search" title={t.empty} />}>
          {(rows) => (
            <PersonTable
              people={rows}
              onAction={(person, action) =>
                action === "remove" ? setRemoving(person) : change.mutate({ person, action })
              }
            />
          )}
        </PagesView>
      </div>
      {inviting ? (
        <Invite title={t.invite} about={t.inviteAbout} onInvite={invite} onClose={() => setInviting(false)} />
      ) : null}
      {made === null ? null : <LinkDialog made={made} onClose={() => setMade(null)} />}
      <Confirm
        isOpen={removing !== null}
        title={fill(t.removeTitle, { name: removing === null ? "" : nameOf(removing) })}
        action={t.remove}
        danger
        onConfirm={() => (removing === null ? Promise.resolve() : remove(removing.id))}
        onClose={() => setRemoving(null)}
      >
        <p>{t.removeAbout}</p>
      </Confirm>
    </Card>
  );
}

async function act(
  { person: { id }, action }: { readonly person: Person; readonly action: PersonAction },
  onLink: (made: InvitationLink) => void,
): Promise<void> {
  const params = { path: { id } };
  if (action === "password-link") {
    return onLink(await call(api.POST("/trunkline/v1/users/{id}/password-link", { params })));
  }
  const body =
    action === "make" || action === "unmake"
      ? { administrator: action === "make" }
      : { disabled: action === "disable" };
  await call(api.PATCH("/trunkline/v1/users/{id}", { params, body }));
}

interface InvitedProps {
  readonly invitations: readonly { readonly id: string; readonly email: string }[];
  readonly onRemove: (invited: { readonly id: string; readonly email: string; readonly name: string }) => void;
}

function Invited({ invitations, onRemove }: InvitedProps) {
  if (invitations.length === 0) return null;
  return (
    <section className="stack tight" aria-label={t.invited}>
      <h3>{t.invited}</h3>
      <ul className="plain-list">
        {invitations.map(({ id, email }) => (
          <li key={id} className="row">
            <span className="grow">{email}</span>
            <Button size="small" look="quiet" onPress={() => onRemove({ id, email, name: "" })}>
              {u.withdraw}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
