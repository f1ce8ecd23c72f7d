import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CsvFile, type CsvRow, formatCsvLine, openCsv, readRows } from "./csv-file.ts";
import { createFingerprints } from "./fingerprints.ts";
import { openJournal } from "./journal.ts";
import { progressLine } from "./progress.ts";
import { planRows, requestOf } from "./row-request.ts";
import { createTally } from "./tally.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "trunkline-parts-"));
});
afterEach(() => rm(directory, { recursive: true }));
async function allRows(file: CsvFile): Promise<CsvRow[]> {
  const rows: CsvRow[] = [];
  for await (const row of readRows(file)) rows.push(row);
  return rows;
}
const sid = (number: number) => `SM${String(number).padStart(32, "0")}`;

describe("a journal", () => {
  const path = () => join(directory, "list.csv.journal");

  it("has after opening again everything that was added, and makes no file for nothing", async () => {
    const journal = await openJournal(path());
    await journal.close();
    await expect(readFile(path())).rejects.toThrow("ENOENT");
    const used = await openJournal(path());
    for (let number = 0; number < 5000; number++) used.add(`key ${number}`, sid(number));
    await used.close();
    const again = await openJournal(path());
    expect(again.size).toBe(5000);
    for (let number = 0; number < 5000; number++) expect(again.has(`key ${number}`)).toBe(true);
    expect(again.has("key 5000")).toBe(false);
  });

  it("ignores a line that a kill cut short, wherever, and goes on behind it", async () => {
    const whole = await openJournal(path());
    whole.add("first", sid(1));
    whole.add("second", sid(2));
    await whole.close();
    const text = await readFile(path(), "utf8");
    for (let length = text.indexOf("second"); length < text.length; length++) {
      await writeFile(path(), text.slice(0, length));
      const torn = await openJournal(path());
      expect(torn.has("first")).toBe(true);
      torn.add("third", sid(3));
      await torn.close();
      const mended = await openJournal(path());
      const isComplete = length === text.length - 1;
      expect([mended.has("first"), mended.has("second"), mended.has("third")]).toEqual([true, isComplete, true]);
    }
  });
});

describe("a set of fingerprints", () => {
  it("is the set of what was added", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (added, others) => {
        const set = createFingerprints();
        for (const text of added) set.add(text);
        expect(set.size).toBe(new Set(added).size);
        for (const text of [...added, ...others]) expect(set.has(text)).toBe(added.includes(text));
      }),
    );
  });

  it("stays right while it grows", () => {
    const set = createFingerprints();
    for (let number = 0; number < 50_000; number++) set.add(String(number));
    expect(set.size).toBe(50_000);
    for (let number = 0; number < 50_000; number++) expect(set.has(String(number))).toBe(true);
    for (let number = 50_000; number < 100_000; number++) expect(set.has(String(number))).toBe(false);
  });
});

describe("CSV", () => {
  it("that was written is read as it was, whatever the values", async () => {
    const value = fc.string({ unit: "grapheme" }).filter((text) => text.isWellFormed() && !text.includes("\0"));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(value, { minLength: 2, maxLength: 2 }), { maxLength: 5 }),
        fc.constantFrom(",", ";", "\t"),
        async (records, delimiter) => {
          const rows = records.filter(([first]) => first !== "");
          const path = join(directory, "x.csv");
          await writeFile(
            path,
            formatCsvLine(["to", "body"], delimiter) + rows.map((row) => formatCsvLine(row, delimiter)).join(""),
          );
          const file = await openCsv(path);
          expect(file).toMatchObject({ delimiter, header: ["to", "body"] });
          const read = await allRows(file);
          expect(read.map(({ values }) => values)).toEqual(rows);
          expect(read.map(({ number }) => number)).toEqual(rows.map((_, index) => index + 1));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("rows know the line on which they begin", async () => {
    const path = join(directory, "x.csv");
    await writeFile(path, '\ufeffto,body\r\n\r\na,"1\r\n2\r\n3"\r\nb,x\r\n\r\nc,"y\nz"\n');
    const rows = await allRows(await openCsv(path));
    expect(rows.map(({ line, values }) => [line, values[0]])).toEqual([
      [3, "a"],
      [6, "b"],
      [8, "c"],
    ]);
  });
});

describe("a row's key", () => {
  const plan = (run = "", accountSid = `AC${"0".repeat(32)}`, from = "Acme") =>
    planRows({ header: ["to", "body", "note"], defaults: { from }, accountSid, run });
  const row = (number: number, ...values: string[]) => ({ number, line: number + 1, values });
  const key = (...args: Parameters<typeof requestOf>) => {
    const request = requestOf(...args);
    return request.ok ? request.key : null;
  };

  it("is the same for the same row, also when columns that are not sent differ", () => {
    expect(key(plan(), row(1, "+1", "x", "a"))).toBe(key(plan(), row(1, "+1", "x", "b")));
  });

  it("differs by place, content, options, run and account", () => {
    const keys = [
      key(plan(), row(1, "+1", "x")),
      key(plan(), row(2, "+1", "x")),
      key(plan(), row(1, "+2", "x")),
      key(plan(), row(1, "+1", "y")),
      key(plan("second"), row(1, "+1", "x")),
      key(plan("", `AC${"1".repeat(32)}`), row(1, "+1", "x")),
      key(plan("", undefined, "Other"), row(1, "+1", "x")),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe("the progress line", () => {
  it("never is wider than the terminal, whatever there is to say", () => {
    fc.assert(
      fc.property(
        fc.nat(1e9),
        fc.nat(1e9),
        fc.nat(1e6),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.integer({ min: 1, max: 300 }),
        (rows, done, failed, rate, width) => {
          const tally = { ...createTally(), rows: rows + done + failed, accepted: done, failed };
          expect([...progressLine(tally, rate, width)].length).toBeLessThanOrEqual(width);
        },
      ),
    );
  });

  it("shows share, rate, failures and what is left", () => {
    const tally = { ...createTally(), rows: 10_000, accepted: 4200, failed: 10 };
    expect(progressLine(tally, 1000, 100)).toMatch(
      /^\[█+░+\] +42% {2}1,000\/s {2}sent 4,200 {2}failed 10 {2}left 5,790 \(6 s\)$/,
    );
  });
});
