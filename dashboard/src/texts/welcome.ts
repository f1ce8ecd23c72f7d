// Texts of the page that greets after a first start.

export const welcome = {
  title: "Welcome to Trunkline",
  about: "Your gateway runs. Send a first message: the handset beside it is a sandbox, so nothing leaves this machine.",
  credentials: "Your credentials",
  credentialsAbout: "Anything that speaks Twilio takes these. They are kept in credentials.json in the data directory.",
  accountSid: "Account SID",
  authToken: "Auth token",
  accessKey: "Access key",
  number: "Number {place}",
  baseUrl: "Base URL",
  show: "Show",
  hide: "Hide",
  forget: "Forget them in this tab",
  unknown: "This tab was not opened from the link of the terminal, so it does not know the secrets.",
  first: "Send a first message",
  languages: "Language",
  orClick: "Or send it from here",
  sent: "Sent. It arrives on the handset beside.",
  noNumber: "The account has no phone number yet. Add one under Senders of the API, then come back.",
  next: "What now?",
  nextItems: {
    provider: [
      "Add a real provider",
      "Twilio, any Twilio-compatible server, or any HTTP endpoint, with another to fall back on.",
    ],
    recipes: [
      "Connect your platform",
      "ZITADEL, FusionAuth, PingOne, Prismatic and Twilio's SDKs, with this gateway's addresses filled in.",
    ],
    messages: ["Watch messages live", "Every message with its attempts, reports and callbacks, as it happens."],
  },
} as const;
