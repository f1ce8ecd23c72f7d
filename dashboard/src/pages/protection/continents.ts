// Which country lies on which continent: ISO 3166-1 codes of all countries with telephone numbers, in the United Nations' sense
// (M49), with the Americas as two. A table of facts.

export const continents = ["europe", "asia", "africa", "northAmerica", "southAmerica", "oceania", "elsewhere"] as const;
export type Continent = (typeof continents)[number];

const codesOf: Readonly<Record<Exclude<Continent, "elsewhere">, string>> = {
  europe: `AD AL AT AX BA BE BG BY CH CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME MK MT NL
    NO PL PT RO RS RU SE SI SJ SK SM UA VA XK`,
  asia: `AE AF AM AZ BD BH BN BT CN CY GE HK ID IL IN IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV MY NP OM PH PK PS QA
    SA SG SY TH TJ TL TM TR TW UZ VN YE`,
  africa: `AC AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW IO KE KM LR LS LY MA MG ML MR MU MW MZ NA
    NE NG RE RW SC SD SH SL SN SO SS ST SZ TA TD TG TN TZ UG YT ZA ZM ZW`,
  northAmerica: `AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS MX NI PA PM PR SV SX TC
    TT US VC VG VI`,
  southAmerica: "AR BO BR CL CO EC FK GF GY PE PY SR UY VE",
  oceania: "AS AU CC CK CX FJ FM GU KI MH MP NC NF NR NU NZ PF PG PW SB TK TO TV VU WF WS",
};

const continentOfCode = new Map(
  Object.entries(codesOf).flatMap(([continent, codes]) =>
    codes.split(/\s+/).map((code) => [code, continent as Continent] as const),
  ),
);

export const countryCodes: readonly string[] = [...continentOfCode.keys()];

export function continentOf(code: string): Continent {
  return continentOfCode.get(code) ?? "elsewhere";
}
