// Text that an upstream has written, as it may be stored and shown: whole characters only, none that steers, not too many.

/** At most `max` characters. */
export function shown(text: string, max: number): string {
  // Cut first: it may be a megabyte. Two code units at most make a character.
  const characters = [
    ...text
      .slice(0, 2 * max)
      .toWellFormed()
      .replace(/\p{Cc}+/gu, " "),
  ];
  return characters.slice(0, max).join("");
}
