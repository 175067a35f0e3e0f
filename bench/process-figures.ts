import { readFile } from 'node:fs/promises';

/** What the kernel knows of a process. */
export interface Figures {
  /** Of all its threads, to a hundredth of a second. */
  readonly cpuMs: number;
  readonly rssKb: number;
}

/** Linux counts processor time in hundredths of a second, wherever it runs. */
const TICK_MS = 10;

export async function figures(pid: number): Promise<Figures> {
  const [stat, status] = await Promise.all(['stat', 'status'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8')));
  // The second field is a name in brackets, with anything in it.
  const fields = (stat ?? '').slice((stat ?? '').lastIndexOf(')') + 2).split(' ');
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    rssKb: Number(/^VmRSS:\s+(\d+) kB/m.exec(status ?? '')?.[1]),
  };
}
