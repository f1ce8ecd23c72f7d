// Texts of the access page's frame; its tabs have their own (users.ts, keys.ts).

export const access = {
  title: "Access",
  about: "Who may sign in to this account, and which keys programs hold.",
  tabsLabel: "People and keys",
  tabs: { users: "Users", keys: "Keys" },
} as const;
