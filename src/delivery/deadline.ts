import { sleepBy, type Clock } from '../base/clock.js';
import type { Answer } from '../providers/provider.js';

/** Time for an adapter to let go of what it holds, once its deadline is over. */
const GRACE_MS = 1_000;

/** Whatever an adapter does, the answer is there shortly after `ms`. */
export async function withDeadline(
  clock: Clock,
  ms: number,
  send: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const controller = new AbortController();
  const settled = new AbortController();
  const late = async (): Promise<Answer> => {
    await sleepBy(clock, ms, settled.signal);
    if (!settled.signal.aborted) controller.abort();
    await sleepBy(clock, GRACE_MS, settled.signal);
    return { kind: 'unknown', code: 'DEADLINE', detail: 'no answer within the deadline' };
  };
  try {
    return await Promise.race([send(controller.signal), late()]);
  } finally {
    settled.abort();
  }
}
