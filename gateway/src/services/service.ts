// A long-running part of the gateway. Every loop, timer and pool belongs to one, and app.ts starts and stops them.

export interface Service {
  readonly name: string;
  /** Resolves once the service is working. */
  start(): Promise<void>;
  /** Takes no new work, finishes or gives back what it holds, resolves when nothing is left running. */
  stop(): Promise<void>;
}

/** A service of which only the start or only the stop does something. */
export function partialService(name: string, parts: Partial<Pick<Service, "start" | "stop">>): Service {
  const nothing = (): Promise<void> => Promise.resolve();
  return { name, start: parts.start ?? nothing, stop: parts.stop ?? nothing };
}
