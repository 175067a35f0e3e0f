import type { Caller } from './gateway.ts';

/** What the gateway says of its own process at `/metrics`. */
export interface Figures {
  readonly cpuMs: number;
  readonly rssKb: number;
  readonly heapKb: number;
}

export async function figures(live: Caller): Promise<Figures> {
  const text = await (await fetch(live.graphql.replace('/graphql', '/metrics'))).text();
  const read = (name: string): number => Number(new RegExp(`^tidings_${name} (\\S+)`, 'm').exec(text)?.[1]);
  return {
    cpuMs: read('process_cpu_seconds_total') * 1000,
    rssKb: read('process_resident_memory_bytes') / 1024,
    heapKb: read('nodejs_heap_size_used_bytes') / 1024,
  };
}
