// A long-running part of the gateway. Every loop, timer and pool belongs to one, and app.ts starts and stops them.

export interface Service {
  readonly name: string;
  /** Resolves once the service is working. */
  start(): Promise<void>;
  /** Takes no new work, finishes or gives back what it holds, resolves when nothing is left running. */
  stop(): Promise<void>;
}
