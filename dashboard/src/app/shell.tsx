// The frame round every page: where one is, whose account it is, and the way out. Shows the sign-in in its place while nobody
// is signed in, at the same address, so that one goes on where one was.

import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState } from "react";
import { signOutUrl } from "../api/oidc.ts";
import { session } from "../api/session.ts";
import { useStoredSession, useWhoAmI } from "../api/use-session.ts";
import { forgetWelcome, keptWelcome } from "../api/welcome.ts";
import iconUrl from "../icon.svg";
import { SignIn } from "../pages/sign-in/sign-in.tsx";
import { app } from "../texts/app.ts";
import { Button } from "../ui/button.tsx";
import { ChoiceField, Segmented } from "../ui/field.tsx";
import { Icon, type IconName } from "../ui/icon.tsx";
import { Failure } from "../ui/state.tsx";
import { Toasts } from "../ui/toast.tsx";
import { SignedIn } from "./signed-in.tsx";
import { themes, useTheme } from "./theme.ts";

const links = [
  ["/", "overview"],
  ["/messages", "messages"],
  ["/providers", "providers"],
  ["/consent", "consent"],
  ["/protection", "protection"],
  ["/callbacks", "callbacks"],
  ["/sandbox", "sandbox"],
  ["/access", "access"],
  ["/audit", "audit"],
] as const satisfies readonly (readonly [string, IconName])[];

export function Shell() {
  const { credential } = useStoredSession();
  const isInvitation = useRouterState({ select: ({ location }) => location.pathname === "/invitation" });
  const inside = credential === null ? <SignIn /> : <Frame />;
  return (
    <>
      {/* Whoever is invited need not have signed in. */}
      {isInvitation ? <Outlet /> : inside}
      <Toasts />
    </>
  );
}

function Frame() {
  const who = useWhoAmI();
  const [open, setOpen] = useState(false);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the menu closes when the page changes
  useEffect(() => setOpen(false), [path]);
  let content: ReactNode = <Outlet />;
  if (who.isError && who.data === undefined) content = <Failure error={who.error} onRetry={() => void who.refetch()} />;
  return (
    <div className="app">
      <a className="skip" href="#content">
        {app.skip}
      </a>
      <div className="topbar">
        <Brand />
        <Button look="quiet" icon="menu" aria-label={app.menu} aria-expanded={open} onPress={() => setOpen(!open)} />
      </div>
      {open ? <button type="button" className="scrim" aria-label={app.menu} onClick={() => setOpen(false)} /> : null}
      <aside className="sidebar" data-open={open}>
        <Brand />
        <nav className="nav" aria-label={app.pages}>
          {links.map(([to, name]) => (
            <Link key={to} to={to} activeOptions={{ exact: to === "/" }}>
              <Icon name={name} />
              {app[name]}
            </Link>
          ))}
        </nav>
        <div className="sidebar-foot">
          {keptWelcome() === null ? null : (
            <Link to="/welcome" className="small">
              {app.start}
            </Link>
          )}
          <a href="/docs" className="small">
            {app.apiDocs}
          </a>
          <SignedIn />
          <AccountSwitcher />
          <ThemeSwitcher />
          <Button look="quiet" size="small" icon="out" onPress={() => void signOut()}>
            {app.signOut}
          </Button>
        </div>
      </aside>
      <main className="main" id="content" tabIndex={-1}>
        {content}
      </main>
    </div>
  );
}

function Brand() {
  return (
    <Link to="/" className="brand">
      <img src={iconUrl} alt="" />
      Trunkline
    </Link>
  );
}

function AccountSwitcher() {
  const { data } = useWhoAmI();
  const { account } = useStoredSession();
  if (data === undefined) return null;
  const [only] = data.accounts;
  if (data.accounts.length < 2) return <p className="small dim clip">{only?.friendlyName ?? data.accountSid}</p>;
  return (
    <ChoiceField
      label={app.account}
      value={account ?? data.accountSid}
      choices={data.accounts.map(({ sid, friendlyName }) => ({ value: sid, label: friendlyName || sid }))}
      onChange={session.choose}
      hint={data.moreAccounts ? app.moreAccounts : undefined}
    />
  );
}

function ThemeSwitcher() {
  const [theme, setTheme] = useTheme();
  const names = { system: "Auto", light: app.themes.light, dark: app.themes.dark };
  return (
    <Segmented
      label={app.theme}
      value={theme}
      choices={themes.map((value) => ({ value, label: names[value] }))}
      onChange={setTheme}
    />
  );
}

async function signOut(): Promise<void> {
  const { credential } = session.get();
  const url = credential === null ? null : await signOutUrl(credential).catch(() => null);
  forgetWelcome();
  session.signOut();
  if (url !== null) location.assign(url);
}
