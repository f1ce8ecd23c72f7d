import { describe, expect, it } from "vitest";
import { countries } from "../addresses/countries.ts";
import { countryOf } from "../addresses/phone-number.ts";
import { quietUntil } from "./quiet-hours.ts";
import { areaCodeZones, zipZones } from "./time-zones/north-america.ts";
import { timeZonesOf } from "./time-zones.ts";

const of = (e164: string, contact: [country: string, postalCode: string] | null = null) =>
  timeZonesOf(
    { e164, country: countryOf(e164) },
    contact === null ? null : { country: contact[0], postalCode: contact[1] },
  );

describe("timeZonesOf", () => {
  it.each([
    ["+12125550100", ["America/New_York"]],
    ["+18085550100", ["Pacific/Honolulu"]],
    ["+18505550100", ["America/New_York", "America/Chicago"]],
    ["+16045550100", ["America/Vancouver"]],
    ["+12465550100", ["America/Barbados"]],
    ["+4915123456789", ["Europe/Berlin", "Europe/Busingen"]],
    ["+5511987654321", ["America/Sao_Paulo"]],
    ["+5568987654321", ["America/Rio_Branco"]],
    ["+38344123456", ["Europe/Belgrade"]],
    ["+80012345678", []],
  ])("knows where %s may be", (number, zones) => {
    expect(of(number)).toEqual(zones);
  });

  it.each([
    ["+12125550100", ["US", "94105"], ["America/Los_Angeles"]],
    ["+12125550100", ["US", "02139-4307"], ["America/New_York"]],
    ["+12125550100", ["CA", "v6b 1a1"], ["America/Vancouver", "America/Edmonton"]],
    ["+12125550100", ["AU", "6000"], ["Australia/Perth"]],
    ["+12125550100", ["AU", "2880"], ["Australia/Broken_Hill"]],
    ["+34612345678", ["ES", "38001"], ["Atlantic/Canary"]],
    ["+34612345678", ["ES", "28001"], ["Europe/Madrid"]],
    ["+12125550100", ["FR", "75001"], ["Europe/Paris"]],
  ] as [string, [string, string], string[]][])(
    "goes by the place of the contact of %s: %j",
    (number, contact, zones) => {
      expect(of(number, contact)).toEqual(zones);
    },
  );

  it("takes every zone of the country when nothing says more", () => {
    expect(of("+18005550100")).toEqual(expect.arrayContaining(["America/New_York", "Pacific/Honolulu"]));
    expect(of("+12125550100", ["US", "09012"])).toEqual(
      expect.arrayContaining(["America/New_York", "Pacific/Honolulu"]),
    );
    expect(of("+61412345678")).toEqual(expect.arrayContaining(["Australia/Perth", "Australia/Sydney"]));
  });

  it("has zones for every country that has numbers, and the runtime knows all zones of the tables", () => {
    for (const { code } of countries) expect(timeZonesOf({ e164: "+1", country: code }, null)).not.toEqual([]);
    const zips = Array.from({ length: 1000 }, (_, zip) => zipZones(String(zip).padStart(3, "0")) ?? []);
    const places = ["0800", "2000", "3000", "4000", "5000", "6000", "7000", "2898", "6443"].map((code) =>
      of("+61412345678", ["AU", code]),
    );
    const canada = [..."ABCEGHJKLMNPRSTVXY"].map((letter) => of("+14165550100", ["CA", `${letter}0A 0A0`]));
    for (const zones of [...areaCodeZones.values(), ...zips, ...places, ...canada]) {
      expect(() => quietUntil({ from: "21:00", until: "08:00" }, zones, 0)).not.toThrow();
    }
  });

  it("names each area code once, and only such as are one in the US or Canada", () => {
    const named = [...areaCodeZones.keys()];
    expect(new Set(named).size).toBe(named.length);
    for (const code of named) expect(["US", "CA"]).toContain(countryOf(`+1${code}5550100`));
  });
});
