import { z } from 'zod';
import { encodeId } from '../base/ids.js';
import type { Answer, Call } from './provider.js';

/** What every push carries for the app: by it the app says that the push was opened (`recordEngagement`). */
export interface PushIds {
  /** The public id, `ntf_…`: the same for all attempts, so that a repetition replaces what is on the screen. */
  readonly notification: string;
  readonly attempt: string;
}

export function pushIds(call: Call): PushIds {
  return { notification: encodeId('notification', call.notificationId), attempt: call.attemptId };
}

/** How long push services keep a push for a device that cannot be reached: their common most is four weeks. */
export const ttlField = z
  .number()
  .int()
  .min(0)
  .max(2_419_200)
  .default(86_400)
  .describe('Seconds that the push service keeps a push for a device that cannot be reached, 0 to four weeks.');

/** Is it worth waking a sleeping device? */
export function isUrgent(call: Call): boolean {
  return call.category.class === 'SECURITY' || call.category.class === 'TRANSACTIONAL';
}

/**
 * What `make` makes of the body, or of as much of its beginning as fits into `limit` bytes: devices show far less than that.
 * Null: the rest alone is too large.
 */
export function fitted(body: string, limit: number, make: (body: string) => string): string | null {
  const fits = (text: string): boolean => Buffer.byteLength(make(text)) <= limit;
  if (fits(body)) return make(body);
  const characters = Array.from(body);
  let [most, over] = [-1, characters.length];
  while (over - most > 1) {
    const middle = (most + over) >> 1;
    if (fits(shortened(characters, middle))) most = middle;
    else over = middle;
  }
  return most < 0 ? null : make(shortened(characters, most));
}

function shortened(characters: readonly string[], length: number): string {
  return `${characters.slice(0, length).join('')}…`;
}

/** What is too large is refused by the vendor, always; it is not even asked. */
export function tooLarge(limit: number): Answer {
  const detail = `not called: title, URL and data alone are larger than the ${limit} bytes of a push`;
  return { kind: 'rejected', code: 'PAYLOAD_TOO_LARGE', detail };
}
