// Which part of protection is looked at, as it stands in the address: other pages lead there.

const tabs = ["decisions", "settings", "countries", "safeList", "explain"] as const;
type Tab = (typeof tabs)[number];

interface ProtectionSearch {
  readonly tab?: Tab;
}

/** From the address, whatever stands there: what makes no sense is left out. */
export function readProtectionSearch({ tab }: Readonly<Record<string, unknown>>): ProtectionSearch {
  const known = tabs.find((one) => one === tab);
  return known === undefined ? {} : { tab: known };
}
