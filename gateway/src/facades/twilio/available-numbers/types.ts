// The types of numbers that AvailablePhoneNumbers has a list of.

export const availableTypes = [
  "Local",
  "Mobile",
  "TollFree",
  "National",
  "Voip",
  "SharedCost",
  "MachineToMachine",
] as const;
