// Texts about refused messages.

/** The codes that applications get for the same refusals: the native API names them by words. */
export const refusalCodes: Readonly<Record<string, number>> = {
  "to-missing": 21604,
  "sender-missing": 21603,
  "body-missing": 21602,
  "to-invalid": 21211,
  "from-not-owned": 21606,
  "region-not-enabled": 21408,
  "not-mobile": 21614,
  "opted-out": 21610,
  "queue-full": 21611,
  "service-not-found": 21701,
  "service-empty": 21704,
};

export const refusals = {
  countries: "It is switched off under Protection, in Countries.",
} as const;
