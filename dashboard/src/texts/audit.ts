// Texts of the audit log.

export const audit = {
  title: "Audit log",
  about: "Who changed what, and when. Each row was written together with its change; nothing removes it.",
  noRight: "Owners and operators see the audit log",
  noRightAbout: "Ask an owner of this account for the role operator, if you need to see it.",
  who: "Who",
  anyone: "Anyone",
  what: "What",
  anything: "Anything",
  when: "When",
  times: { any: "Any time", "1h": "Last hour", "24h": "Last 24 hours", "7d": "Last 7 days", "30d": "Last 30 days" },
  onlyWho: "Only {who}",
  onlySubject: "Only {subject}",
  removeFilter: "No longer: {filter}",
  clear: "Clear",
  download: "Download CSV",
  empty: "Nothing has been changed yet",
  emptyAbout: "Every change of this account appears here: by people, by keys and by the gateway itself.",
  emptyFiltered: "Nothing matches",
  emptyFilteredAbout: "Take a filter away, or look further back.",
  searchedOn: "Nothing so far. There is more to look through.",
  today: "Today",
  yesterday: "Yesterday",
  log: "Changes of {day}",
  installation: "Installation",
  before: "Before:",
  after: "After:",
  secret: "a secret is another now",
  noChanges: "What was done says it all: there are no settings to compare.",
  moreChanges: "{count} more differences are in the JSON.",
  changes: "What differs",
  json: "JSON",
  openProvider: "Open the provider",
  openMessage: "Open the message",
  byThem: "Everything by {who}",
  aboutIt: "Everything about this",
  itself: "Trunkline",
} as const;

/** Kinds of actors with an id. */
export const actorKinds: Readonly<Record<string, string>> = {
  admin: "Administrator",
  user: "Person",
  "auth-token": "Auth token",
  "access-key": "Access key",
  "api-key": "API key",
  "endpoint-key": "FusionAuth key",
  client: "OAuth client",
  "service-account": "Service account",
  "personal-access-token": "Personal access token",
  provider: "Provider's credentials",
};

/** Parts of the gateway that act by themselves. */
export const gatewayParts: Readonly<Record<string, string>> = {
  bootstrap: "first start",
  retention: "retention",
  schedule: "rotation schedule",
  synchronisation: "synchronisation with the upstream",
};

/** What can be asked for; which actions belong to it is in pages/audit/search.ts. */
export const areas = {
  providers: "Providers",
  senders: "Senders and services",
  messages: "Messages and callbacks",
  consent: "Consent and contacts",
  protection: "Protection",
  access: "People and keys",
  account: "Account and retention",
  sandbox: "Sandbox",
} as const;

/** Whole sentences, without who: `{subject}` is what it was called. */
export const phrases: Readonly<Record<string, string>> = {
  "account.fallback-chain.replaced": "changed the fallback chain",
  "account.updated": "changed the account",
  "auth-token.primary.revealed": "looked at the auth token",
  "auth-token.secondary.created": "made a second auth token",
  "auth-token.secondary.deleted": "deleted the second auth token",
  "auth-token.secondary.promoted": "promoted the second auth token",
  "callback.replayed": "sent a callback again",
  "client.secret-replaced": "replaced the secret of OAuth client {subject}",
  "consent.recorded": "recorded the word of {subject}",
  "consents.imported": "imported consents",
  "contact.recorded": "recorded where {subject} is",
  "contacts.imported": "imported contacts",
  "geo-permissions.updated": "changed the countries that may be written to",
  "keywords.updated": "changed the keywords of {subject}",
  "messaging-service.sender-added": "added {subject} to a messaging service",
  "messaging-service.sender-removed": "took {subject} out of a messaging service",
  "notification-settings.updated": "changed the notification settings",
  "protection.updated": "changed the settings of protection",
  "provider.credentials.check": "checked the credentials of provider {subject}",
  "provider.credentials.create": "made new credentials for provider {subject}",
  "provider.credentials.switch": "switched provider {subject} to its new credentials",
  "provider.credentials.promote": "made the new credentials of provider {subject} the only ones",
  "provider.numbers-pointed": "pointed numbers of provider {subject} to this gateway",
  "provider.senders-found": "found senders at provider {subject}",
  "retention.applied": "deleted what was kept long enough",
  "retention.updated": "changed how long things are kept",
  "rotation.abandoned": "gave up a rotation",
  "rotation.finished": "came to the end of a rotation",
  "rotation.overlap-ended": "ended the overlap of a rotation",
  "rotation.roll-back-requested": "turned a rotation back",
  "rotation.started": "began a rotation",
  "safe-list.added": "put {subject} on the safe list",
  "safe-list.removed": "took {subject} off the safe list",
  "sandbox.faults.replaced": "changed the sandbox's fault rules",
  "sandbox.handset.cleared": "cleared handset {subject}",
  "user.invited": "invited {subject}",
  "user.joined": "accepted the invitation",
  "user.password-changed": "changed a password",
  "user.signed-in": "signed in",
};

/** Of actions that have no sentence of their own: `provider.updated` is verb, noun and subject. */
export const verbs: Readonly<Record<string, string>> = {
  accepted: "accepted",
  added: "added",
  canceled: "canceled",
  created: "made",
  deleted: "deleted",
  removed: "removed",
  updated: "changed",
};

export const nouns: Readonly<Record<string, string>> = {
  admin: "administrator",
  "api-key": "API key",
  client: "OAuth client",
  credential: "credential",
  "endpoint-key": "FusionAuth key",
  "incoming-hook": "incoming hook",
  media: "media of",
  "service-account.public-key": "key of service account",
};
