// What several callback URLs share when they lead to the same place: scheme, host and port. Limits and the breaker
// count by it.

/** Never throws; what is no URL shares `invalid`. */
export function callbackOrigin(url: string): string {
  return URL.parse(url)?.origin ?? "invalid";
}
