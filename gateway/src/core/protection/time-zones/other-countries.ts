// Time zones within countries that have several, as far as postal or area codes tell them: tables of facts.

type Zones = readonly string[];

/** The first letter of a postal code. */
export const canadianPostalAreas: ReadonlyMap<string, Zones> = new Map([
  ["A", ["America/St_Johns", "America/Goose_Bay"]],
  ["B", ["America/Halifax"]],
  ["C", ["America/Halifax"]],
  ["E", ["America/Halifax"]],
  ["G", ["America/Toronto", "America/Halifax"]],
  ["H", ["America/Toronto"]],
  ["J", ["America/Toronto"]],
  ["K", ["America/Toronto"]],
  ["L", ["America/Toronto"]],
  ["M", ["America/Toronto"]],
  ["N", ["America/Toronto"]],
  ["P", ["America/Toronto", "America/Winnipeg"]],
  ["R", ["America/Winnipeg"]],
  ["S", ["America/Regina", "America/Edmonton"]],
  ["T", ["America/Edmonton"]],
  ["V", ["America/Vancouver", "America/Edmonton"]],
  ["X", ["America/Edmonton", "America/Winnipeg", "America/Toronto"]],
  ["Y", ["America/Whitehorse"]],
]);

const states: Readonly<Record<string, Zones>> = {
  "0": ["Australia/Darwin"],
  "1": ["Australia/Sydney"],
  "2": ["Australia/Sydney"],
  "3": ["Australia/Melbourne"],
  "4": ["Australia/Brisbane"],
  "5": ["Australia/Adelaide"],
  "6": ["Australia/Perth"],
  "7": ["Australia/Hobart"],
};
const australianPlaces: Readonly<Record<string, Zones>> = {
  "2880": ["Australia/Broken_Hill"],
  "2898": ["Australia/Lord_Howe"],
  "6443": ["Australia/Eucla"],
};

/** By a postcode of Australia; 6798 and 6799 are islands with zones of their own. */
export function australianStates(postcode: string): Zones | undefined {
  if (postcode === "6798" || postcode === "6799") return undefined;
  return postcode.length === 4 ? (australianPlaces[postcode] ?? states[postcode.charAt(0)]) : undefined;
}

/** By a postal code of Spain: Las Palmas and Santa Cruz de Tenerife are an hour behind. */
export function spanishProvinces(code: string): Zones | undefined {
  if (!/^\d{5}$/.test(code)) return undefined;
  return /^3[58]/.test(code) ? ["Atlantic/Canary"] : ["Europe/Madrid"];
}

const brazil: Readonly<Record<string, Zones>> = {
  "65": ["America/Cuiaba"],
  "66": ["America/Cuiaba"],
  "67": ["America/Campo_Grande"],
  "68": ["America/Rio_Branco"],
  "69": ["America/Porto_Velho"],
  "81": ["America/Recife", "America/Noronha"],
  "92": ["America/Manaus"],
  "95": ["America/Boa_Vista"],
  "97": ["America/Manaus", "America/Rio_Branco"],
};
const brasilia: Zones = ["America/Sao_Paulo"];

/** By the two digits of a Brazilian area, which mobile numbers have, too. */
export function brazilianAreas(area: string): Zones | undefined {
  return /^[1-9][1-9]$/.test(area) ? (brazil[area] ?? brasilia) : undefined;
}
