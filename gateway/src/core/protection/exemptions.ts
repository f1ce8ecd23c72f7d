// What protection leaves alone, beside the safe list: what a person has just asked for must not wait for the morning.

import type { MessageDirection, MessageOptions } from "../messages/message.ts";

interface Judgeable {
  readonly direction: MessageDirection;
  readonly options: MessageOptions;
}

/**
 * Is all of protection off for this message? The answer to somebody who has just written, which no stranger can ask for
 * in bulk, and the test message of a provider.
 */
export function isExempt({ direction, options }: Judgeable): boolean {
  return direction !== "outbound-api" || options.onlyProvider !== undefined || options.bypassConsent === true;
}

const urgentIntents: ReadonlySet<string> = new Set(["otp", "security", "fraud"]);

/** May it go at night? */
export function isUrgent({ body, options }: { readonly body: string; readonly options: MessageOptions }): boolean {
  return urgentIntents.has(options.messageIntent?.toLowerCase() ?? "") || isOneTimeCode(body);
}

// Digits, perhaps in two groups or behind a letter and a dash (G-123456); or capitals and digits, at least one of each.
const code =
  /(?<![A-Za-z\d.,/-])(?:[A-Z]-)?(?:\d{4,10}|\d{2,4}[ -]\d{2,4}|(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z\d]{4,10})(?![A-Za-z\d]|[-/]\d)/;
const words =
  /\b(?:code|codes|otp|pin|tan|passcode|password|verif\w*|confirm\w*|authent\w*|login|log in|sign in|2fa|security|bestätigung\w*|anmeld\w*|passwort|sicherheits\w*|vérif\w*|connexion|código|codigo|clave|contraseña|verificación|codice|verifica|senha|kod|kodu|koodi|kode|kód|mã)\b|code|код|пароль|κωδικ|קוד|رمز|الرمز|कोड|รหัส|验证码|驗證碼|校验码|認証|コード|인증/iu;
// https://wicg.github.io/sms-one-time-codes/: the last line names a site and the code.
const boundToSite = /^@[a-z\d.-]+ #\S+/im;

/** Does the text look like a one-time code? When in doubt it does: a code that comes in the morning locks somebody out. */
export function isOneTimeCode(body: string): boolean {
  if (boundToSite.test(body) || /^\s*\d{4,10}\s*$/.test(body)) return true;
  return code.test(body) && words.test(body);
}
