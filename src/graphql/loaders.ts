import { Batcher } from '../base/batcher.js';
import { findCategories } from '../store/categories.js';
import type { Db } from '../store/database.js';
import { findDigestsOf } from '../store/digests.js';
import { listHealth } from '../store/health.js';
import { countWaiting } from '../store/health-view.js';
import { listEndpoints } from '../store/endpoints.js';
import { findItemMarks } from '../store/engagements.js';
import { countStates, findNotifications, listSendNotifications, loadStories } from '../store/notification-log.js';
import { onlineOf } from '../store/presence.js';
import { findRecipients } from '../store/recipients.js';
import type { Loaders } from './context.js';

const LIMITS = { maxSize: 1000, inFlight: 8 };

/** Loaders of one request in one environment. */
export function createLoaders(db: Db, environmentId: string): Loaders {
  return {
    recipient: new Batcher(async (ids) => {
      const rows = new Map((await findRecipients(db, environmentId, { ids })).map((row) => [row.id, row]));
      return ids.map((id) => rows.get(id) ?? null);
    }, LIMITS),
    endpoints: new Batcher(async (ids) => {
      const rows = Map.groupBy(await listEndpoints(db, environmentId, ids), (row) => row.recipient_id);
      return ids.map((id) => rows.get(id) ?? []);
    }, LIMITS),
    online: new Batcher(async (ids) => {
      const online = await onlineOf(db, environmentId, ids);
      return ids.map((id) => online.has(id));
    }, LIMITS),
    category: new Batcher(async (keys) => {
      const rows = new Map((await findCategories(db, environmentId, [...new Set(keys)])).map((row) => [row.key, row]));
      return keys.map((key) => rows.get(key) ?? null);
    }, LIMITS),
    story: new Batcher(async (ids) => {
      const stories = await loadStories(db, environmentId, [...new Set(ids)]);
      return ids.map((id) => stories.get(id) ?? null);
    }, LIMITS),
    sendNotifications: new Batcher((pages) => listSendNotifications(db, environmentId, pages), LIMITS),
    sendStates: new Batcher(async (ids) => {
      const rows = Map.groupBy(await countStates(db, environmentId, [...new Set(ids)]), (row) => row.sendId);
      return ids.map((id) => rows.get(id) ?? []);
    }, LIMITS),
    notification: new Batcher(async (ids) => {
      const rows = new Map((await findNotifications(db, environmentId, ids)).map((row) => [row.id, row]));
      return ids.map((id) => rows.get(id) ?? null);
    }, LIMITS),
    digest: new Batcher(async (ids) => {
      const digests = await findDigestsOf(db, environmentId, [...new Set(ids)]);
      return ids.map((id) => digests.get(id) ?? null);
    }, LIMITS),
    itemMarks: new Batcher(async (items) => {
      const rows = new Map((await findItemMarks(db, environmentId, items)).map((row) => [row.id, row]));
      return items.map((item) => rows.get(item.id) ?? null);
    }, LIMITS),
    health: new Batcher(async (ids) => {
      const rows = new Map((await listHealth(db, environmentId)).map((row) => [row.integration_id, row]));
      return ids.map((id) => rows.get(id) ?? null);
    }, LIMITS),
    waiting: new Batcher(async (ids) => {
      const counts = await countWaiting(db, environmentId, ids);
      return ids.map((id) => counts.get(id) ?? 0);
    }, LIMITS),
  };
}
