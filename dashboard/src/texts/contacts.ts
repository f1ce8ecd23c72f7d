// Texts of the contacts: where somebody is, beside what they have said.

export const contacts = {
  about:
    "Where contacts are, whatever their number says: quiet hours go by it. The Contacts API writes the same list, and an opt-in needs no entry here.",
  contact: "Contact",
  placeholder: "Contact, as +12025550142",
  country: "Country",
  postalCode: "Postal code",
  updated: "Changed",
  actions: "Actions",
  add: "Add a contact",
  edit: "Change {contact}",
  editAction: "Change",
  remove: "Delete {contact}",
  removeAction: "Delete",
  removeConfirm:
    "The gateway forgets where {contact} is: quiet hours go by their number again. What they have said about messages stays.",
  saved: "{contact} is in {country}.",
  removed: "{contact} is no longer in the list.",
  empty: "Nobody's place is known",
  emptyAbout: "Without one, quiet hours go by the country and area code of the number.",
  emptyFiltered: "Nobody matches",
  download: "Download CSV",
} as const;
