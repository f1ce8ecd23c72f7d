// Texts of the list of countries.

export const countries = {
  about:
    "Messages to a country that is off are refused with 21408. Numbers on the safe list are exempt. What you never write to is best off: nobody can run up your bill there.",
  on: "{on} of {all} countries allowed",
  find: "Find a country, a code or a prefix",
  show: "Show",
  views: { all: "All", on: "Allowed", off: "Off", used: "In use" },
  none: "No country matches.",
  continents: {
    europe: "Europe",
    asia: "Asia",
    africa: "Africa",
    northAmerica: "North America",
    southAmerica: "South America",
    oceania: "Oceania",
    elsewhere: "Elsewhere",
  },
  ofContinent: "{on} of {all}",
  allow: "Allow all",
  forbid: "Forbid all",
  allowOf: "Allow all: {name}",
  forbidOf: "Forbid all: {name}",
  forbidConfirm: "{count} countries: messages to them are refused from now on, one-time codes too.",
  forbidUsed: "Among them are countries that you have written to in the last seven days: {names}.",
  unused: "Forbid what is not in use",
  unusedConfirm:
    "{count} countries that nothing went to in the last seven days. Messages to them are refused from now on, one-time codes too.",
  messages: "{count} sent in 7 days",
  aboutMessages: "about {count} sent in 7 days",
  decisions: "{count} stopped or noted",
  decisionsHint: "Protection has denied, held or noted so many in the last seven days.",
  offSince: "off since {time}",
  usageAway: "How many messages went where is not known just now.",
} as const;
