// Which characters fit GSM-7, and how many segments a text has, while it is being typed. The gateway counts for itself when it
// sends; this tells people beforehand (3GPP TS 23.038).

const basic =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const extended = "\f^{}\\[~]|€";
const sizes = new Map([
  ...[...basic].map((one) => [one, 1] as const),
  ...[...extended].map((one) => [one, 2] as const),
]);

export interface Count {
  readonly encoding: "GSM-7" | "UCS-2";
  readonly segments: number;
  readonly used: number;
  /** What that many segments hold. */
  readonly room: number;
}

/** Each character once that forces the text into UCS-2. */
export function specialCharacters(text: string): string[] {
  return [...new Set([...text].filter((character) => !sizes.has(character)))];
}

export function countText(text: string): Count {
  const isGsm = specialCharacters(text).length === 0;
  const used = isGsm ? [...text].reduce((sum, one) => sum + (sizes.get(one) ?? 1), 0) : text.length;
  const [single, part] = isGsm ? [160, 153] : [70, 67];
  const segments = used <= single ? 1 : Math.ceil(used / part);
  return { encoding: isGsm ? "GSM-7" : "UCS-2", segments, used, room: roomOf(isGsm ? "GSM-7" : "UCS-2", segments) };
}

export function roomOf(encoding: Count["encoding"], segments: number): number {
  const [single, part] = encoding === "GSM-7" ? [160, 153] : [70, 67];
  return segments <= 1 ? single : part * segments;
}
