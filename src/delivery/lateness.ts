import type { Lane } from '../base/names.js';
import type { Planned } from './planned.js';

/** Takes how late something began that had been held for a time, in milliseconds. */
export type NoteLateness = (lane: Lane, ms: number) => void;

/**
 * Milliseconds from the time that a notification was last held for to its first attempt, or its place in the inbox. Null: it
 * was not held, begins nothing now, or was let go sooner, because the person is back or of another mind.
 */
export function latenessOf({ work, events, startAt }: Planned): number | null {
  const { heldUntil, deliveries } = work.state;
  if (heldUntil === null || deliveries.length > 0) return null;
  const first = events.find((event) => event.type === 'attempt.started' || event.type === 'inbox.placed');
  if (!first) return null;
  const ms = (startAt ?? first.at).getTime() - heldUntil.getTime();
  return ms < 0 ? null : ms;
}
