import { encodeId } from '../base/ids.js';
import type { ChannelName } from '../base/names.js';
import { shownAddress } from '../channels/shown-address.js';
import {
  ACCESS_QUERIES,
  callbacksOf,
  countAccess,
  filesOf,
  listAccess,
  listPersonsNotifications,
  sharingOf,
  webhookCallsOf,
  type AccessPage,
  type AccessRow,
  type QueriedKind,
  type SharingRow,
} from '../store/access-records.js';
import type { Db } from '../store/database.js';
import type { PersonalDataKind } from './data-map.js';

/** Records of a kind that are counted, and notifications that are searched for what hangs on them: more say so. */
export const COUNTED_MAX = 10_000;
/** Notifications searched at once. */
const WINDOW = 500;
const YEAR_MONTHS = 12;

/** Twelve months before: what Californian law asks for. */
export function twelveMonthsBefore(now: Date): Date {
  const then = new Date(now);
  then.setUTCMonth(then.getUTCMonth() - YEAR_MONTHS);
  return then;
}

/** A page of the records of a kind, last first. */
export async function accessRecords(db: Db, kind: PersonalDataKind, page: AccessPage): Promise<AccessRow[]> {
  if (isQueried(kind)) return (await listAccess(db, kind, page)).map((row) => shown(kind, row));
  if (kind === 'ERASURE') return [];
  return hanging(db, kind, page);
}

/** How many records of a kind there are; 10,000: there may be more. */
export async function countRecords(db: Db, kind: PersonalDataKind, page: Omit<AccessPage, 'after' | 'limit'>) {
  const all = { ...page, after: null, limit: COUNTED_MAX };
  return isQueried(kind) ? countAccess(db, kind, all) : (await accessRecords(db, kind, all)).length;
}

/** Who received data of the person, from the newest 10,000 notifications of the time. */
export function accessSharing(db: Db, page: Omit<AccessPage, 'after' | 'limit'>): Promise<SharingRow[]> {
  return sharingOf(db, { ...page, after: null, limit: COUNTED_MAX });
}

function isQueried(kind: PersonalDataKind): kind is QueriedKind {
  return kind in ACCESS_QUERIES;
}

/** Addresses that are secrets are shown as elsewhere in the API; notifications by the names that they have there. */
function shown(kind: QueriedKind, row: AccessRow): AccessRow {
  if (kind === 'ADDRESSES' || kind === 'SUPPRESSIONS') return { ...row, data: { ...withShownAddress(row.data) } };
  if (kind !== 'NOTIFICATIONS' && kind !== 'CONTENT') return row;
  const notification = encodeId('notification', row.key);
  if (kind === 'CONTENT') return { ...row, data: { notification, ...row.data } };
  const { deliveries, history } = row.data as { deliveries: Going[]; history: Going[] };
  return {
    ...row,
    data: {
      notification,
      ...row.data,
      deliveries: deliveries.map(withShownAddress),
      history: history.map(withShownAddress),
    },
  };
}

interface Going {
  readonly channel?: ChannelName;
  readonly address?: string | null;
}

function withShownAddress(going: Going): Going {
  const { channel, address } = going;
  return channel && address ? { ...going, address: shownAddress(channel, address) } : going;
}

/** What hangs on notifications, a record for each that has any: searched window by window, and no further than it must. */
async function hanging(
  db: Db,
  kind: Exclude<PersonalDataKind, QueriedKind | 'ERASURE'>,
  page: AccessPage,
): Promise<AccessRow[]> {
  const found: AccessRow[] = [];
  let { after } = page;
  for (let searched = 0; searched < COUNTED_MAX && found.length < page.limit; searched += WINDOW) {
    const rows = await listPersonsNotifications(db, { ...page, after, limit: WINDOW });
    if (rows.length === 0) break;
    const data = await dataOf(db, kind, page.environmentId, rows);
    for (const { id, at } of rows) {
      const own = data.get(id);
      if (own) found.push({ key: id, at, data: { notification: encodeId('notification', id), ...own } });
    }
    after = rows.at(-1)?.id ?? null;
  }
  return found.slice(0, page.limit);
}

async function dataOf(
  db: Db,
  kind: Exclude<PersonalDataKind, QueriedKind | 'ERASURE'>,
  environmentId: string,
  rows: readonly { readonly id: string }[],
): Promise<ReadonlyMap<string, Record<string, unknown>>> {
  const ids = rows.map((row) => row.id);
  if (kind === 'FILES') return new Map((await filesOf(db, environmentId, ids)).map((row) => [row.id, row.data]));
  const names = new Map(ids.map((id) => [encodeId('notification', id), id]));
  const read = kind === 'CALLBACKS' ? callbacksOf : webhookCallsOf;
  const hung = await read(db, environmentId, [...names.keys()]);
  return new Map(
    hung.flatMap(({ name, data }) => (names.has(name) ? [[names.get(name) as string, data] as const] : [])),
  );
}
