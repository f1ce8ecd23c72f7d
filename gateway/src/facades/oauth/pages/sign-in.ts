// The pages of signing in and of consent. Everything that comes from a client or a person is escaped.

import { adminAudienceScope } from "../../../core/oauth/scopes.ts";
import { escapeHtml, page } from "./style.ts";

export interface SignInPage {
  readonly clientName: string;
  readonly csrf: string;
  readonly email: string;
  /** Null: nothing was tried yet. */
  readonly problem: string | null;
}

export function presentSignIn({ clientName, csrf, email, problem }: SignInPage): string {
  const alert = problem === null ? "" : `<p class="problem" role="alert" id="problem">${escapeHtml(problem)}</p>`;
  const described = problem === null ? "" : ' aria-describedby="problem"';
  const focus = { email: email === "" ? " autofocus" : "", password: email === "" ? "" : " autofocus" };
  return page(
    "Sign in",
    `<h1>Sign in</h1>
<p class="dim">to go on to ${escapeHtml(clientName)}</p>
${alert}<form method="post">
<input type="hidden" name="csrf" value="${escapeHtml(csrf)}">
<label for="email">E-mail address</label>
<input id="email" name="email" type="email" autocomplete="username" required maxlength="320"
 value="${escapeHtml(email)}"${described}${focus.email}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required
 maxlength="1024"${described}${focus.password}>
<button type="submit" name="action" value="sign-in">Sign in</button>
<button type="submit" name="action" value="cancel" class="plain" formnovalidate>Cancel</button>
</form>`,
  );
}

interface ClientOwner {
  readonly accountName: string;
  readonly accountSid: string;
  readonly role: string;
}

export interface ConsentPage {
  readonly clientName: string;
  /** Who has registered it, and what it may do there; null: it is the gateway's own. */
  readonly owner: ClientOwner | null;
  readonly csrf: string;
  /** Who is signed in. */
  readonly email: string;
  readonly scopes: readonly string[];
}

function wishesOf(owner: ClientOwner | null): readonly (readonly [scopes: readonly string[], wish: string])[] {
  const reach =
    owner === null
      ? "see and change whatever you yourself may, in every account that you reach"
      : `with the role “${owner.role}” in the account ${owner.accountName}, and in no other`;
  return [
    [["openid", "profile", "email"], "know who you are: your name and e-mail address"],
    [[adminAudienceScope], `act for you: ${reach}`],
    [["offline_access"], "do so when you are not there, for 30 days at most"],
  ];
}

export function presentConsent({ clientName, owner, csrf, email, scopes }: ConsentPage): string {
  const wanted = wishesOf(owner).filter(([kinds]) => kinds.some((kind) => scopes.includes(kind)));
  return page(
    "Allow access",
    `<h1>Allow ${escapeHtml(clientName)}?</h1>
<p class="dim">You are signed in as ${escapeHtml(email)}.${registeredBy(owner)} The application wants to</p>
<ul>${wanted.map(([, wish]) => `<li>${escapeHtml(wish)}</li>`).join("")}</ul>
<form method="post">
<input type="hidden" name="csrf" value="${escapeHtml(csrf)}">
<button type="submit" name="action" value="allow">Allow</button>
<button type="submit" name="action" value="cancel" class="plain">Cancel</button>
</form>`,
  );
}

function registeredBy(owner: ClientOwner | null): string {
  if (owner === null) return "";
  return ` The account ${escapeHtml(owner.accountName)} (${escapeHtml(owner.accountSid)}) has registered the application.`;
}
