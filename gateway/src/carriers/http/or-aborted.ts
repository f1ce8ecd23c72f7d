// Waits for work that others wait for too, so that it cannot be ended when one of them gives up.

/** What the work resolves to, or `instead()` once `signal` aborts. Rejects as the work does. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal, instead: () => T): Promise<T> {
  if (signal.aborted) return instead();
  let abort = (): void => undefined;
  const givenUp = new Promise<T>((resolve) => {
    abort = () => resolve(instead());
    signal.addEventListener("abort", abort);
  });
  try {
    return await Promise.race([work, givenUp]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
