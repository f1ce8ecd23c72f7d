// The pages of signing out.

import { page } from "./style.ts";

/** `form`: HTML of the library, with the id `op.logoutForm`. */
export function presentSignOut(form: string): string {
  return page(
    "Sign out",
    `<h1>Sign out?</h1>
<p class="dim">You will be signed out of this gateway, and of the applications that you used with it here.</p>
${form}
<button type="submit" form="op.logoutForm" name="logout" value="yes" autofocus>Sign out</button>
<button type="submit" form="op.logoutForm" class="plain">Stay signed in</button>`,
  );
}

export function presentSignedOut(): string {
  return page("Signed out", `<h1>You are signed out</h1>\n<p class="dim">You can close this page.</p>`);
}
