// PostgreSQL array literals for unnest(): built here because the driver's own encoder costs about four times as much
// per element, and the hot statements carry some fifteen arrays.

const needsEscape = /["\\]/;

/** `{"a","b",NULL}`; each value is quoted, so any text that PostgreSQL can store is safe. */
export function textArray(values: readonly (string | null)[]): string {
  let literal = "{";
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? null;
    if (index > 0) literal += ",";
    if (value === null) literal += "NULL";
    else literal += needsEscape.test(value) ? `"${value.replace(/["\\]/g, "\\$&")}"` : `"${value}"`;
  }
  return `${literal}}`;
}

/** For values that need no quoting: UUIDs, SID hex, numbers, booleans, ISO times. */
export function plainArray(values: readonly (string | number | boolean | null)[]): string {
  let literal = "{";
  for (let index = 0; index < values.length; index++) {
    if (index > 0) literal += ",";
    literal += values[index] ?? "NULL";
  }
  return `${literal}}`;
}

/** Times as an array of timestamptz (ISO 8601, UTC). */
export function timeArray(values: readonly (Date | null)[]): string {
  return plainArray(values.map((value) => (value === null ? null : `"${value.toISOString()}"`)));
}
