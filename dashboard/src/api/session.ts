// Who is signed in, in this tab: kept in sessionStorage alone, so that it ends with the tab and no other tab has it. Whoever
// shows or calls something with it asks here; nothing else knows where it lies.

export type Credential =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "token"; readonly accountSid: string; readonly authToken: string }
  | {
      readonly kind: "person";
      readonly accessToken: string;
      readonly refreshToken: string | null;
      readonly idToken: string | null;
    };

interface Stored {
  readonly credential: Credential | null;
  /** The account that is looked at; null: the credential's own. */
  readonly account: string | null;
  /** Why there is no credential any more, for the sign-in page. */
  readonly ended: boolean;
}

const key = "trunkline.session";
const nobody: Stored = { credential: null, account: null, ended: false };
const listeners = new Set<() => void>();
let current: Stored = read();
/** What the present sign-in has called with so far: its own credential, and those that took its place. */
let ofThisSignIn = new WeakSet<Credential>(current.credential === null ? [] : [current.credential]);

function read(): Stored {
  try {
    return { ...nobody, ...(JSON.parse(sessionStorage.getItem(key) ?? "{}") as Partial<Stored>) };
  } catch (_notReadable) {
    return nobody;
  }
}

function write(next: Stored): void {
  current = next;
  try {
    sessionStorage.setItem(key, JSON.stringify(next));
  } catch (_storageIsOff) {
    // A browser that stores nothing keeps the session for as long as the page stays.
  }
  for (const listener of listeners) listener();
}

export const session = {
  get: (): Stored => current,
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  signIn(credential: Credential): void {
    ofThisSignIn = new WeakSet([credential]);
    write({ credential, account: current.account, ended: false });
  },
  /** New tokens of the same person. */
  renew(credential: Credential): void {
    ofThisSignIn.add(credential);
    write({ ...current, credential });
  },
  /** What the sign-in of this credential calls with now; null: another one signed in since, or nobody is. */
  presentOf: (credential: Credential): Credential | null => (ofThisSignIn.has(credential) ? current.credential : null),
  signOut: (): void => write(nobody),
  /** The gateway does not take the credential any more. */
  end: (): void => {
    if (current.credential !== null) write({ ...nobody, account: current.account, ended: true });
  },
  choose: (account: string | null): void => write({ ...current, account }),
};

/** The Authorization header; null: nobody is signed in. */
export function authorizationOf(credential: Credential | null): string | null {
  if (credential === null) return null;
  if (credential.kind === "key") return `Bearer ${credential.key}`;
  if (credential.kind === "person") return `Bearer ${credential.accessToken}`;
  return `Basic ${btoa(`${credential.accountSid}:${credential.authToken}`)}`;
}
