import { percentile } from './stats.ts';

/** Callers that each wait for the answer and call again, for a while; in this process, without HTTP. */
export async function hammerInside(
  callers: number,
  seconds: number,
  call: () => Promise<unknown>,
): Promise<{ perSecond: number; p99: number }> {
  const latencies: number[] = [];
  const began = performance.now();
  const end = began + seconds * 1000;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (let at = performance.now(); at < end; at = performance.now()) {
        await call();
        latencies.push(performance.now() - at);
      }
    }),
  );
  return { perSecond: (latencies.length * 1000) / (performance.now() - began), p99: percentile(latencies, 0.99) };
}
