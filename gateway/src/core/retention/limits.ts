// How long messages, their texts and their events are kept: what an account says of it, what the installation says, and
// what holds. Days; null: for ever.

export const retentionKinds = ["messageDays", "bodyDays", "eventDays"] as const;
export type RetentionKind = (typeof retentionKinds)[number];

export type RetentionLimits = Readonly<Record<RetentionKind, number | null>>;
/** What is absent is as the installation says. */
export type RetentionSettings = Partial<RetentionLimits>;

/** What only the installation says: what is kept to look at, not to work with. */
export interface InstallationLimits extends RetentionLimits {
  /** Requests to applications that are through. */
  readonly callbackDays: number | null;
  /** What the sandbox's handsets received and sent. */
  readonly sandboxDays: number | null;
}

export const retentionDaysMax = 36_500;

export function effectiveLimits(installation: RetentionLimits, own: RetentionSettings): RetentionLimits {
  const limitOf = (kind: RetentionKind): number | null => {
    const said = own[kind];
    return said === undefined ? installation[kind] : said;
  };
  return { messageDays: limitOf("messageDays"), bodyDays: limitOf("bodyDays"), eventDays: limitOf("eventDays") };
}

/** Before which moments (milliseconds) things are to go; null: they stay. */
export interface Cutoffs {
  readonly messagesMs: number | null;
  readonly bodiesMs: number | null;
  readonly eventsMs: number | null;
  readonly callbacksMs: number | null;
  readonly sandboxMs: number | null;
}

const dayMs = 86_400_000;

/** Nothing outlives its message, and the sandbox's record not its text. */
export function cutoffsOf(limits: RetentionLimits, installation: InstallationLimits, nowMs: number): Cutoffs {
  const { messageDays, bodyDays, eventDays } = limits;
  const before = (...days: (number | null)[]): number | null => {
    const shortest = Math.min(...days.map((limit) => limit ?? Number.POSITIVE_INFINITY));
    return shortest === Number.POSITIVE_INFINITY ? null : nowMs - shortest * dayMs;
  };
  return {
    messagesMs: before(messageDays),
    bodiesMs: before(bodyDays),
    eventsMs: before(eventDays, messageDays),
    callbacksMs: before(installation.callbackDays, eventDays, messageDays),
    sandboxMs: before(installation.sandboxDays, bodyDays, messageDays),
  };
}

/** A recipient's address without its last four digits: `+1202555XXXX`. */
export function maskAddress(address: string): string {
  let left = 4;
  const characters = [...address];
  for (let index = characters.length - 1; index >= 0 && left > 0; index -= 1) {
    if (!/\d/.test(characters[index] ?? "")) continue;
    characters[index] = "X";
    left -= 1;
  }
  return characters.join("");
}
