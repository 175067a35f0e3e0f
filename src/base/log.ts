import { pino, type Logger } from 'pino';

export type { Logger };

/**
 * The process log: JSON lines on stderr, so that stdout keeps the one ready line. Ids, states and codes only, never
 * addresses or content.
 */
export function createLog(level: string): Logger {
  return pino({ level, base: undefined }, pino.destination({ dest: 2, sync: true }));
}

/** A log that says nothing, for tests that look at behaviour. */
export const silentLog: Logger = pino({ level: 'silent' });
