// What this address brought along: the terminal's link of a first start, or the answer of a sign-in. Both leave the address
// before anything is shown.

import { messageOf } from "../api/client.ts";
import { finishSignIn } from "../api/oidc.ts";
import { session } from "../api/session.ts";
import { keepWelcome, redeemWelcome, takeWelcomeToken } from "../api/welcome.ts";

let problem: string | null = null;

/** Why what the address brought did not sign anybody in; null: it did, or it brought nothing. */
export function arrivalProblem(): string | null {
  return problem;
}

/** Never rejects. */
export async function arrive(): Promise<void> {
  try {
    const token = takeWelcomeToken();
    if (token !== null) await welcome(token);
    else await returnFromSignIn();
  } catch (thrown) {
    problem = messageOf(thrown);
  }
}

async function welcome(token: string): Promise<void> {
  const credentials = await redeemWelcome(token);
  const { accountSid, authToken, accessKey } = credentials;
  keepWelcome(credentials);
  session.signIn(accessKey === null ? { kind: "token", accountSid, authToken } : { kind: "key", key: accessKey });
  history.replaceState(null, "", "/welcome");
}

async function returnFromSignIn(): Promise<void> {
  const returned = await finishSignIn(location.search);
  if (returned === null) return;
  history.replaceState(null, "", returned.path);
  if (returned.credential !== null) session.signIn(returned.credential);
  problem = returned.problem;
}
