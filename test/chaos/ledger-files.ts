import { appendFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { decodeId } from '../../src/base/ids.ts';
import type { ClientLine, ProviderRequest } from './ledger.ts';

/** The callers' ledger, one line of JSON for everything. */
export class ClientLedger {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    appendFileSync(path, '');
  }

  /** Written when this returns, so that what a caller does next comes after it. */
  write(line: ClientLine): void {
    appendFileSync(this.path, `${JSON.stringify(line)}\n`);
  }

  async read(): Promise<ClientLine[]> {
    return (await linesOf(this.path)) as ClientLine[];
  }
}

type LogLine =
  | ({ readonly type: 'request' } & Omit<ProviderRequest, 'notificationId' | 'ordinal' | 'number' | 'delivered'>)
  | { readonly type: 'answer'; readonly seq: number; readonly delivered: boolean };

/** The provider's log: what came, joined with whether the answer went out. */
export async function readProviderLog(path: string): Promise<ProviderRequest[]> {
  const lines = (await linesOf(path)) as LogLine[];
  const delivered = new Set(lines.flatMap((line) => (line.type === 'answer' && line.delivered ? [line.seq] : [])));
  return lines.flatMap((line): ProviderRequest[] => {
    if (line.type !== 'request') return [];
    const [notification = '', ordinal = '', number = ''] = line.attempt.split('.');
    return [
      {
        ...line,
        notificationId: decodeId('notification', notification),
        ordinal: Number(ordinal),
        number: Number(number),
        delivered: delivered.has(line.seq),
      },
    ];
  });
}

async function linesOf(path: string): Promise<unknown[]> {
  const text = await readFile(path, 'utf8');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as unknown]));
}
