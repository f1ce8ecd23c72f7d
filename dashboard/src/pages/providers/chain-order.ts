// The fallback chain as a list of ids, and the moves within it.

/** `ids` with `moved` taken out and put before or after `target`. */
export function moveBeside(
  ids: readonly string[],
  moved: ReadonlySet<string>,
  target: string,
  place: "before" | "after",
): string[] {
  if (moved.has(target)) return [...ids];
  const taken = ids.filter((id) => moved.has(id));
  const rest = ids.filter((id) => !moved.has(id));
  const at = rest.indexOf(target) + (place === "after" ? 1 : 0);
  return [...rest.slice(0, at), ...taken, ...rest.slice(at)];
}

/** `ids` with one moved up (-1) or down (1); unchanged at the ends. */
export function moveBy(ids: readonly string[], id: string, step: -1 | 1): string[] {
  const at = ids.indexOf(id);
  const other = ids[at + step];
  if (at < 0 || other === undefined) return [...ids];
  return moveBeside(ids, new Set([id]), other, step === -1 ? "before" : "after");
}
