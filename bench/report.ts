import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { median } from './stats.ts';

/** One thing that is measured, once a round. */
interface Row {
  readonly what: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly ours: number[];
  readonly baseline: number[];
}

/** The results of a run: every round of every row. */
export class Report {
  private readonly rows = new Map<string, Row>();

  /** @param baseline the same of the naive baseline in the same round, where there is such a thing */
  add(what: string, unit: string, better: Row['better'], ours: number, baseline?: number): void {
    const row = this.rows.get(what) ?? { what, unit, better, ours: [], baseline: [] };
    this.rows.set(what, row);
    row.ours.push(ours);
    if (baseline !== undefined) row.baseline.push(baseline);
  }

  /** Medians; the ratio is the median of the rounds' own ratios, above 1 where ours is better. */
  medians() {
    return [...this.rows.values()].map(({ what, unit, better, ours, baseline }) => {
      const ratios = ours.flatMap((value, nth) => {
        const other = baseline[nth];
        return other === undefined ? [] : [better === 'higher' ? value / other : other / value];
      });
      const compared = ratios.length > 0;
      return {
        ...{ what, unit, better, value: median(ours) },
        baseline: compared ? median(baseline) : null,
        ratio: compared ? median(ratios) : null,
      };
    });
  }

  table(): string {
    const body = this.medians().map((row) => [
      row.what,
      `${shown(row.value)} ${row.unit}`,
      row.baseline === null ? '–' : `${shown(row.baseline)} ${row.unit}`,
      row.ratio === null ? '–' : `${shown(row.ratio)}×`,
    ]);
    const head = ['what', 'Tidings', 'naive baseline', 'better by'];
    const widths = head.map((title, column) =>
      Math.max(...[head, ...body].map((row) => (row[column] ?? title).length)),
    );
    const line = (cells: readonly string[]): string =>
      `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
    const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
    return [line(head), rule, ...body.map(line)].join('\n');
  }

  /** Writes `.bench/latest.json` at the root of the repository; answers its name. */
  async save(about: object): Promise<string> {
    const folder = new URL('../.bench/', import.meta.url);
    await mkdir(folder, { recursive: true });
    const rounds = [...this.rows.values()];
    await writeFile(
      new URL('latest.json', folder),
      `${JSON.stringify({ ...about, medians: this.medians(), rounds }, null, 2)}\n`,
    );
    return '.bench/latest.json';
  }
}

/** Where profiles go. */
export const PROFILES = fileURLToPath(new URL('../.bench/profiles', import.meta.url));

function shown(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

/** What the numbers were made on; nothing that names the machine. */
export async function describeMachine(database: pg.Client) {
  const { rows } = await database.query<{ server_version: string }>('show server_version');
  return {
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    postgres: rows[0]?.server_version ?? 'unknown',
  };
}
