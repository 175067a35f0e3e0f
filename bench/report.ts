import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { median } from './stats.ts';

/** What a row has to reach: by its own value, or by its ratio to what it is measured against. */
export interface Target {
  readonly of: 'value' | 'ratio';
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** One thing that was measured in one round. */
export interface Measured {
  readonly what: string;
  readonly unit: string;
  readonly ours: number;
  /** The same of something else in the same round. */
  readonly against?: { readonly name: string; readonly value: number };
  readonly target?: Target;
}

interface Row {
  readonly what: string;
  readonly unit: string;
  readonly name: string | null;
  readonly target: Target | null;
  readonly ours: number[];
  readonly others: number[];
}

/** The results of a run: every round of every row. */
export class Report {
  private readonly rows = new Map<string, Row>();

  add({ what, unit, ours, against, target }: Measured): void {
    const key = `${what} ${against?.name ?? ''}`;
    const row = this.rows.get(key) ?? {
      ...{ what, unit, name: against?.name ?? null, target: target ?? null },
      ...{ ours: [], others: [] },
    };
    this.rows.set(key, row);
    row.ours.push(ours);
    if (against) row.others.push(against.value);
  }

  /** Medians; the ratio is the median of the rounds' own ratios, ours by the other. */
  medians() {
    return [...this.rows.values()].map(({ what, unit, name, target, ours, others }) => {
      const ratio = name === null ? null : median(ours.map((value, nth) => value / (others[nth] ?? Number.NaN)));
      const value = median(ours);
      const judged = target?.of === 'ratio' ? (ratio ?? Number.NaN) : value;
      const met =
        target === null
          ? null
          : judged >= (target.atLeast ?? -Infinity) && judged <= (target.atMost ?? Number.POSITIVE_INFINITY);
      return { what, unit, value, against: name, other: name === null ? null : median(others), ratio, target, met };
    });
  }

  table(): string {
    const body = this.medians().map((row) => [
      row.what,
      `${shown(row.value)} ${row.unit}`,
      row.other === null ? '–' : `${row.against}: ${shown(row.other)} ${row.unit}`,
      row.ratio === null ? '–' : `${row.ratio.toFixed(2)}×`,
      row.target === null ? '–' : said(row.target, row.unit),
      row.met === null ? '' : row.met ? '✓' : '✗',
    ]);
    const head = ['what', 'Tidings', 'against', 'ratio', 'target', ''];
    const widths = head.map((_, column) => Math.max(3, ...[head, ...body].map((row) => (row[column] ?? '').length)));
    const left = (column: number): boolean => column === 0 || column === 2;
    const line = (cells: readonly string[]): string =>
      `| ${cells.map((cell, column) => (left(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
    const rule = `|${widths.map((width, column) => (left(column) ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
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

function said(target: Target, unit: string): string {
  const sign = target.of === 'ratio' ? '×' : ` ${unit}`;
  return target.atLeast === undefined ? `≤ ${target.atMost}${sign}` : `≥ ${target.atLeast}${sign}`;
}

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
