// Finds the code in the text of a message that carries a one-time code, where the code goes out in the text's place. Says
// null rather than guess between two (as core/providers/one-time-code.ts may, which only shows what the text says anyway):
// a wrong code locks a user out as surely as none.

/** Words for code, password, verify … in the languages of the identity platforms that send through the gateway. */
const words =
  /code|otp|\bpin\b|\btan\b|passwor|passcode|verif|authenti|login|log in|sign in|bestätig|bestaetig|kennwort|codice|código|codigo|contraseña|senha|mot de passe|kód|koodi|kode|kod\b|hasło|heslo|jelszó|lösen|wachtwoord|код|парол|пароль|підтвер|подтвер|κωδικ|رمز|كود|קוד|验证码|驗證碼|代码|密码|認証|コード|確認|인증|코드|รหัส|mã /iu;

/** With a digit, also in two groups (`123-456`); not part of a longer word, a number with decimals, a host or a price. */
const withDigits =
  /(?<![\w./@+$€£,-])(?<![./]\S*:)(?:\d{3,5}[- ]\d{3,5}|(?=[A-Z0-9]*\d)[A-Z0-9]{4,10})(?!\w|[.:/@-]\w)/gu;
const lettersOnly = /(?<![\w./@-])(?<![./]\S*:)[A-Z]{6,10}(?!\w|[.:/@-]\w)/gu;

/**
 * The code of 4 to 10 letters and digits, which is what Twilio's Verify takes as CustomCode; null: the text is not (plainly)
 * a one-time code. `liberal`: where nothing else can carry the message, a single candidate will do.
 */
export function findCertainCode(body: string, { liberal }: { readonly liberal: boolean }): string | null {
  if (!liberal && !words.test(body)) return null;
  const candidates = distinct(body, withDigits);
  if (candidates.length === 1) return candidates[0] ?? null;
  if (candidates.length > 1 || !liberal) return null;
  const [letters, ...others] = distinct(body, lettersOnly);
  return others.length === 0 ? (letters ?? null) : null;
}

function distinct(body: string, pattern: RegExp): string[] {
  const found = [...body.matchAll(pattern)].map(([text]) => text.replace(/[- ]/g, ""));
  return [...new Set(found)].filter((code) => code.length <= 10);
}
