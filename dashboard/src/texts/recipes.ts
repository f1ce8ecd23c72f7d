// Texts of what the set-up recipes make by themselves: incoming hooks, and keys for those who call the gateway.

export const recipeHooks = {
  title: "A hook for ZITADEL",
  about:
    "ZITADEL calls it for each code, signed with a key of its own. Make it here, then paste its address over there.",
  make: "Make a hook",
  makeFirst: "Make the hook",
  name: "ZITADEL",
  mayNot: "Owners and operators can make a hook.",
  none: "There is no hook yet.",
  endpoint: "Endpoint of ZITADEL's HTTP SMS provider",
  states: { waiting: "Waits for the signing key", ready: "Ready", unsigned: "Takes unsigned calls" },
  key: "Signing key",
  keyHint: "ZITADEL shows it when its HTTP provider is made. Until the hook has it, nothing is taken.",
  newKeyHint: "Paste the new one when ZITADEL's key has been rotated. The present one is never shown.",
  saveKey: "Save the key",
  keySaved: "The hook takes what is signed with this key from now on.",
  made: "The hook is there. Give its address to ZITADEL.",
  remove: "Delete {name}",
  removeAction: "Delete the hook",
  removeConfirm: "What ZITADEL sends to this address is refused from now on, one-time codes too.",
} as const;

export const recipeKeys = {
  title: "A key for {platform}",
  about:
    "An access key with the role sender: it can send, and do nothing else. It is shown once, and listed under Access.",
  make: "Make a key",
  mayNot: "Owners can make a key here: ask one for an access key with the role sender.",
} as const;
