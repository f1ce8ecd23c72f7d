// What differs between two states of the same thing, for people: one entry for each setting that is another now. Every
// client of the audit log gets it from here, so that all of them tell the same story. Pure; takes whatever JSON there is.

export interface Change {
  /** `config.baseUrl`, `rules[2].action`, `numbers[+12025550100].region`; `countries[]` is a member of a list. */
  readonly path: string;
  /** Null: there was nothing. */
  readonly before: unknown;
  /** Null: there is nothing any more. */
  readonly after: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** Deeper than any settings of ours: what users nest further is compared as a whole. */
const depthMax = 12;
/** The names of secrets that are others now, in entries that show no secrets (services/providers/audited.ts). */
const unseenNames = "changedUnseen";
const hidden = "[secret]";

/** In the order in which the settings stand. Nothing, null and absent are the same: there is nothing. */
export function changesBetween(before: Fields | null, after: Fields | null): Change[] {
  const changes: Change[] = [];
  const { [unseenNames]: unseen, ...shown } = after ?? {};
  compare(changes, { path: "", depth: 0 }, before, after === null ? null : shown);
  for (const name of Array.isArray(unseen) ? unseen : []) {
    changes.push({ path: String(name), before: hidden, after: hidden });
  }
  return changes;
}

/** The database keeps an object's keys in one order; comparing texts goes deeper than comparing values. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

interface Place {
  readonly path: string;
  readonly depth: number;
}

function compare(changes: Change[], place: Place, given: unknown, now: unknown): void {
  const [before, after] = [given ?? null, now ?? null];
  if (place.depth < depthMax && bothOr(isFields, before, after)) {
    compareFields(changes, place, before, after);
  } else if (place.depth < depthMax && bothOr(Array.isArray, before, after)) {
    compareLists(changes, place, before, after);
  } else if (!isSame(before, after)) {
    changes.push({ path: place.path, before, after });
  }
}

/** Is one of them such a thing with something in it, and the other such a thing too, or nothing? */
function bothOr<Kind extends Fields | readonly unknown[]>(
  is: (value: unknown) => value is Kind,
  before: unknown,
  after: unknown,
): boolean {
  const some = [before, after].filter((value) => value !== null);
  return some.every(is) && some.some((value) => Object.keys(value as Fields).length > 0);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function compareFields(changes: Change[], { path, depth }: Place, before: unknown, after: unknown): void {
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  if (depth > 0 && (was.size === 0 || is.size === 0) && before !== null && after !== null) {
    // From or to an empty object: its emptiness itself is what changed.
    changes.push({ path, before, after });
    return;
  }
  for (const name of new Set([...was.keys(), ...is.keys()])) {
    const place = { path: path === "" ? name : `${path}.${name}`, depth: depth + 1 };
    compare(changes, place, was.get(name), is.get(name));
  }
}

/** As a map, so that no name (`__proto__`) means anything. */
function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(Object.entries((value ?? {}) as Fields));
}

function compareLists(changes: Change[], place: Place, before: unknown, after: unknown): void {
  const [was, is] = [listOf(before), listOf(after)];
  if (isSame(was, is)) return;
  const all = [...was, ...is];
  if (all.every((item) => typeof item !== "object" || item === null)) {
    compareMembers(changes, place, before, after);
    return;
  }
  const key = keyOf(was, is);
  if (key === null) compareByPlace(changes, place, was, is);
  else compareByKey(changes, place, { key, was: keyed(was, key), is: keyed(is, key) });
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/**
 * A list of plain values. Who came and who went, where that says everything: nobody twice, those who stayed in their order,
 * and the new ones behind them or in alphabetical order like the rest. Otherwise the order matters: the lists as they are.
 */
function compareMembers(changes: Change[], { path }: Place, before: unknown, after: unknown): void {
  const [was, is] = [listOf(before), listOf(after)];
  const [old, now] = [new Set(was), new Set(is)];
  const added = is.filter((item) => !old.has(item));
  const kept = is.filter((item) => old.has(item));
  const isSet = old.size === was.length && now.size === is.length;
  const keptOrder = isSame(
    kept,
    was.filter((item) => now.has(item)),
  );
  const appended = isSame(is, [...kept, ...added]) || (isSorted(was) && isSorted(is));
  if (was.length === 0 || is.length === 0 || !isSet || !keptOrder || !appended) {
    changes.push({ path, before, after });
    return;
  }
  for (const item of was) if (!now.has(item)) changes.push({ path: `${path}[]`, before: item, after: null });
  for (const item of added) changes.push({ path: `${path}[]`, before: null, after: item });
}

function isSorted(list: readonly unknown[]): boolean {
  return isSame(list, list.toSorted());
}

const keyNames = ["id", "sid", "key", "code", "number", "address", "country", "name"] as const;

/** The field by which the items of both lists are told apart; null: there is none. */
function keyOf(was: readonly unknown[], is: readonly unknown[]): string | null {
  return keyNames.find((name) => isKeyOf(was, name) && isKeyOf(is, name)) ?? null;
}

function isKeyOf(list: readonly unknown[], name: string): boolean {
  const values = list.map((item) => (isFields(item) && Object.hasOwn(item, name) ? item[name] : undefined));
  return values.every((value) => typeof value === "string") && new Set(values).size === values.length;
}

function keyed(list: readonly unknown[], key: string): ReadonlyMap<string, unknown> {
  return new Map(list.map((item) => [String((item as Fields)[key]), item]));
}

interface KeyedLists {
  readonly key: string;
  readonly was: ReadonlyMap<string, unknown>;
  readonly is: ReadonlyMap<string, unknown>;
}

function compareByKey(changes: Change[], { path, depth }: Place, { was, is }: KeyedLists): void {
  for (const name of new Set([...was.keys(), ...is.keys()])) {
    compare(changes, { path: `${path}[${name}]`, depth: depth + 1 }, was.get(name), is.get(name));
  }
  const stayed = [...was.keys()].filter((name) => is.has(name));
  const now = [...is.keys()].filter((name) => was.has(name));
  if (!isSame(stayed, now)) changes.push({ path: `${path}[]`, before: stayed, after: now });
}

function compareByPlace(
  changes: Change[],
  { path, depth }: Place,
  was: readonly unknown[],
  is: readonly unknown[],
): void {
  for (let index = 0; index < Math.max(was.length, is.length); index += 1) {
    compare(changes, { path: `${path}[${index}]`, depth: depth + 1 }, was[index], is[index]);
  }
}
