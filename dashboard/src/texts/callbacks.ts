// Texts of the callbacks and the signature checker.

export const callbacks = {
  title: "Callbacks",
  about: "What the gateway told your applications, and what they said to it. Retried for a day; replayed on a click.",
  tabs: { list: "Deliveries", checker: "Signature checker" },
  tabsLabel: "View",
  state: "State",
  states: { pending: "Pending", delivered: "Delivered", failed: "Failed" },
  anyState: "Any state",
  kind: "Kind",
  kinds: { status: "Status callback", inbound: "Inbound message" },
  anyKind: "Any kind",
  columns: { time: "Time", kind: "Kind", url: "Address", state: "State", answer: "Last answer", attempts: "Tries" },
  empty: "No callbacks yet",
  emptyAbout:
    "Give a message a StatusCallback, or a number an inbound URL, and what the gateway sends there appears here.",
  emptyFiltered: "None of these",
  more: "Older ones",
  open: "Open",
  detail: "Callback",
  message: "Message",
  address: "Address",
  answer: "Last answer",
  noAnswer: "none yet",
  next: "Next try",
  fields: "Fields that it sends",
  replay: "Replay",
  replayAbout: "It carries the same idempotency token as before.",
  replayed: "It is on its way again.",
  check: "Check its signature",
} as const;

export const checker = {
  about:
    "Your application refuses a signature? Paste what it received. The checker says which token signed it, and over exactly what text.",
  url: "URL as the application sees it",
  urlHint:
    "With its query. Behind a proxy this is often where it goes wrong: http instead of https, another host or port.",
  fields: "Form fields",
  fieldsHint:
    "The raw body of the request (From=%2B1…&To=…), or one field on each line as Name: value. Nothing for a GET.",
  signature: "X-Twilio-Signature",
  run: "Check",
  match: {
    primary: "It matches: signed with the primary auth token.",
    secondary: "It matches: signed with the secondary auth token.",
  },
  noMatch: "It does not match either of the account's tokens.",
  noMatchAbout:
    "Compare the text below with what your application signs: the URL first, then each field's name and value, sorted by name, with nothing between.",
  signed: "The text that is signed",
} as const;
