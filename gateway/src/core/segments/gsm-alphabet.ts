// The GSM 7-bit default alphabet (3GPP TS 23.038, section 6.2.1) and its extension table as a lookup by code unit.
// Facts only; counting is in count.ts. The alphabet is the one Twilio publishes: no lower-case c cedilla.

/** One septet each. */
const basic =
  "\n\r" +
  ` !"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz` +
  "¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΓΔΘΛΞΠΣΦΨΩ";

/** Two septets each: an escape and the character. */
const extension = "\f[\\]^{|}~€";

const septets = new Uint8Array(0x20ad);
for (const character of basic) septets[character.charCodeAt(0)] = 1;
for (const character of extension) septets[character.charCodeAt(0)] = 2;

/** Septets that a UTF-16 code unit takes: 1 or 2; 0 when it is not in the alphabet. */
export function septetsOf(codeUnit: number): number {
  return septets[codeUnit] ?? 0;
}

export const gsmBasicCharacters: readonly string[] = [...basic];
export const gsmExtensionCharacters: readonly string[] = [...extension];
