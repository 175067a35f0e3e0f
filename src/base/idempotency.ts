/** How long a key answers with the first result. */
export const KEY_KEPT_MS = 72 * 3_600_000;

const KEY_MAX = 255;

/** What is wrong with an idempotency key, for its caller; null when nothing is. */
export function keyProblem(key: string): string | null {
  if (key.length > 0 && key.length <= KEY_MAX && !/\p{Cc}/u.test(key)) return null;
  return `expected 1 to ${KEY_MAX} characters without control characters, ${key.length} given`;
}
