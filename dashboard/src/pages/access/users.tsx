// The people of the account: who has which role, who is invited; and for administrators everybody at the gateway. For owners.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, call } from "../../api/client.ts";
import type { User } from "../../api/generated/api.d.ts";
import { useAccount, useMay, useRole, useWhoAmI } from "../../api/use-session.ts";
import { fill } from "../../texts/fill.ts";
import { roles, users as t } from "../../texts/users.ts";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import { Card } from "../../ui/page.tsx";
import { Empty, QueryView, SkeletonLines } from "../../ui/state.tsx";
import { say, sayFailure } from "../../ui/toast.tsx";
import { Invite } from "./invite.tsx";
import { People } from "./people.tsx";
import { nameOf, UserTable } from "./user-table.tsx";

export function Users() {
  const sid = useAccount();
  const who = useWhoAmI();
  const isOwner = useMay("own");
  const role = useRole();
  if (who.data === undefined || role === undefined || sid === "") return <SkeletonLines lines={6} />;
  if (!isOwner) {
    return (
      <div className="card">
        <Empty icon="access" title={t.ownersOnly}>
          <p>{fill(t.ownersOnlyAbout, { role: roles[role].name })}</p>
        </Empty>
      </div>
    );
  }
  // What one account has shown must not stay when another one is chosen.
  return (
    <div className="stack" key={sid}>
      <Members sid={sid} />
      {who.data.credential === "admin" ? <People /> : null}
    </div>
  );
}

function Members({ sid }: { readonly sid: string }) {
  const client = useQueryClient();
  const path = { sid };
  const [inviting, setInviting] = useState<User | "new" | null>(null);
  const [removing, setRemoving] = useState<User | null>(null);
  const query = useQuery({
    queryKey: ["users", sid],
    queryFn: () => call(api.GET("/trunkline/v1/accounts/{sid}/users", { params: { path } })),
  });
  const refresh = () => client.invalidateQueries({ queryKey: ["users"] });
  const change = useMutation({
    mutationFn: ({ id, role }: Pick<User, "id" | "role">) =>
      call(api.PATCH("/trunkline/v1/accounts/{sid}/users/{id}", { params: { path: { sid, id } }, body: { role } })),
    onSuccess: (user) => say(fill(t.roleChanged, { name: nameOf(user), role: roles[user.role].name })),
    onError: sayFailure,
    onSettled: refresh,
  });
  const remove = async ({ id }: User) => {
    await call(api.DELETE("/trunkline/v1/accounts/{sid}/users/{id}", { params: { path: { sid, id } } }));
    await refresh();
  };
  const invite = async (email: string, role: User["role"]) => {
    const body = { email, role };
    const made = await call(api.POST("/trunkline/v1/accounts/{sid}/users", { params: { path }, body }));
    await refresh();
    return made;
  };
  const isInvited = removing?.state === "invited";
  const button = (
    <Button look="primary" icon="plus" onPress={() => setInviting("new")}>
      {t.invite}
    </Button>
  );
  return (
    <Card title={t.title} about={t.about} actions={button} flush>
      <QueryView query={query} loading={<SkeletonLines lines={4} />}>
        {({ users }) =>
          users.length === 0 ? (
            <Empty icon="access" title={t.empty}>
              <p>{t.emptyAbout}</p>
            </Empty>
          ) : (
            <UserTable
              users={users}
              onRole={(user, role) => change.mutate({ id: user.id, role })}
              onNewLink={setInviting}
              onRemove={setRemoving}
            />
          )
        }
      </QueryView>
      {inviting === null ? null : (
        <Invite
          about={t.inviteAbout}
          title={t.invite}
          withRole
          given={inviting === "new" ? undefined : inviting}
          onInvite={invite}
          onClose={() => setInviting(null)}
        />
      )}
      <Confirm
        isOpen={removing !== null}
        title={fill(isInvited ? t.withdrawTitle : t.removeTitle, { name: removing === null ? "" : nameOf(removing) })}
        action={isInvited ? t.withdraw : t.remove}
        danger
        onConfirm={() => (removing === null ? Promise.resolve() : remove(removing))}
        onClose={() => setRemoving(null)}
      >
        <p>{isInvited ? t.withdrawAbout : t.removeAbout}</p>
      </Confirm>
    </Card>
  );
}
