// Who is signed in, as the frame shows it, and a person's own password.

import { lazy, Suspense, useState } from "react";
import { useRole, useWhoAmI } from "../api/use-session.ts";
import { roles, account as t } from "../texts/users.ts";
import { Button } from "../ui/button.tsx";

const ChangePassword = lazy(async () => ({ default: (await import("./change-password.tsx")).ChangePassword }));

const keyNames: Readonly<Record<string, string>> = { "auth-token": t.authToken, "access-key": t.key };

export function SignedIn() {
  const { data } = useWhoAmI();
  const role = useRole();
  const [changing, setChanging] = useState(false);
  if (data === undefined || role === undefined) return null;
  const isPerson = data.credential === "admin" || data.credential === "user";
  return (
    <section className="signed-in" aria-label={t.signedInAs}>
      <div className="signed-in-name">
        <strong className="clip" title={data.email ?? undefined}>
          {data.name ?? keyNames[data.credential] ?? t.other}
        </strong>
        <span className="dim small">{data.credential === "admin" ? t.administrator : roles[role].name}</span>
      </div>
      {isPerson ? (
        <Button look="quiet" size="small" icon="key" aria-label={t.changePassword} onPress={() => setChanging(true)} />
      ) : null}
      {changing ? (
        <Suspense fallback={null}>
          <ChangePassword onClose={() => setChanging(false)} />
        </Suspense>
      ) : null}
    </section>
  );
}
