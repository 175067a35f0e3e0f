import { userError, type UserError } from '../base/errors.js';
import { uuidv7 } from '../base/ids.js';
import type { Lane } from '../base/names.js';
import { findAudiences, type AudienceRule } from '../store/audiences.js';
import type { Db } from '../store/database.js';
import { readCategories, type KeptRows } from '../store/kept-rows.js';
import {
  existingRecipientIds,
  resolveExternalIds,
  upsertRecipients,
  type RecipientChange,
} from '../store/recipients.js';
import { findTemplate } from '../store/templates.js';
import { findTopics } from '../store/topics.js';
import type { CheckedRequest, Target } from './request.js';
import { subjectProblems } from './subject.js';

interface Named {
  readonly environmentId: string;
  readonly checked: CheckedRequest;
}

/** A request with everything that it names looked up. */
export interface Resolved<Item> {
  readonly item: Item;
  readonly problems: readonly UserError[];
  readonly lane: Lane;
  readonly templateVersion: number | null;
  readonly topicId: string | null;
  /** The rule of the audience as it is now. */
  readonly audience: AudienceRule | null;
  readonly recipientIds: readonly string[];
}

/** What accepting knows beside the database; a dry run needs none of it. */
interface ResolveContext {
  readonly kept?: KeptRows;
  /** Lanes that take nothing more now, and why. */
  readonly refused?: (lanes: Iterable<Lane>) => Promise<ReadonlyMap<Lane, UserError>>;
}

/**
 * Looks up what requests name, and writes people described in place; one query a table and environment.
 * People of what would go to a lane that takes nothing now are not written either.
 */
export async function resolveRequests<Item extends Named>(
  db: Db,
  items: readonly Item[],
  now: Date,
  { kept, refused }: ResolveContext = {},
): Promise<Resolved<Item>[]> {
  const groups = Map.groupBy(items, (item) => item.environmentId);
  const resolved = new Map<Item, Resolved<Item>>();
  for (const [environmentId, group] of groups) {
    const requests = group.map((item) => item.checked.request);
    const keys = requests.map((request) => request.category);
    const categories = await readCategories(db, environmentId, keys, kept);
    const laneOf = new Map([...categories].map(([key, { lane }]) => [key, lane]));
    const full = (await refused?.(laneOf.values())) ?? new Map<Lane, UserError>();
    const topics = await findTopics(db, environmentId, [
      ...new Set(requests.flatMap((request) => request.topic ?? [])),
    ]);
    const audiences = new Map(
      (await findAudiences(db, environmentId, [...new Set(requests.flatMap((request) => request.audience ?? []))])).map(
        (row) => [row.key, row.rule],
      ),
    );
    const templates = await findTemplates(db, environmentId, [
      ...new Set(requests.flatMap((request) => request.template ?? [])),
    ]);
    const subjects = new Map<Item, readonly UserError[]>();
    for (const item of group) {
      const { request } = item.checked;
      const version = request.template === null ? null : (templates.get(request.template)?.published_version ?? null);
      const kind = categories.get(request.category)?.class;
      subjects.set(item, await subjectProblems(db, environmentId, kind, request, version));
    }
    const known = (item: Item): UserError[] => [
      ...item.checked.late,
      ...(subjects.get(item) ?? []),
      ...(laneOf.has(item.checked.request.category) ? [] : [unknownCategory(item.checked.request.category)]),
      ...topicProblems(item.checked.request.topic, topics),
      ...audienceProblems(item.checked.request.audience, audiences),
      ...templateProblems(item.checked.request.template, templates),
      ...laneProblems(laneOf.get(item.checked.request.category), full),
    ];
    const sound = group.filter((item) => known(item).length === 0);
    const people = await resolveTargets(
      db,
      environmentId,
      sound.map((item) => item.checked.targets),
      now,
    );
    for (const item of group) {
      const { request } = item.checked;
      const found = people[sound.indexOf(item)];
      resolved.set(item, {
        item,
        problems: [...known(item), ...(found?.problems ?? [])],
        lane: laneOf.get(request.category) ?? 'NORMAL',
        templateVersion:
          request.template === null ? null : (templates.get(request.template)?.published_version ?? null),
        topicId: request.topic === null ? null : (topics.get(request.topic) ?? null),
        audience: request.audience === null ? null : (audiences.get(request.audience) ?? null),
        recipientIds: found?.ids ?? [],
      });
    }
  }
  return items.map((item) => resolved.get(item) as Resolved<Item>);
}

/** The people behind lists of targets, each once a list, in order. Described ones are created or updated first. */
async function resolveTargets(
  db: Db,
  environmentId: string,
  lists: readonly (readonly Target[])[],
  now: Date,
): Promise<{ ids: string[]; problems: UserError[] }[]> {
  const all = lists.flat();
  const ids = await existingRecipientIds(
    db,
    environmentId,
    all.flatMap((target) => (target.by === 'id' ? target.id : [])),
  );
  const named = all.flatMap((target) => (target.by === 'externalId' ? target.externalId : []));
  const known = await resolveExternalIds(db, environmentId, [...new Set(named)]);
  const problemsOf = (targets: readonly Target[]): UserError[] =>
    targets.flatMap((target) => {
      if (target.by === 'id' && !ids.has(target.id)) return [unknownRecipient(target.index, 'id')];
      if (target.by === 'externalId' && !known.has(target.externalId))
        return [unknownRecipient(target.index, 'externalId')];
      return [];
    });
  // People of a send that is refused are not written either.
  const changes = new Map<string, RecipientChange>();
  for (const targets of lists.filter((list) => problemsOf(list).length === 0))
    for (const target of targets)
      if (target.by === 'description') {
        const { externalId } = target.change;
        changes.set(externalId, { ...changes.get(externalId), ...target.change, id: uuidv7(now) });
      }
  const described = await describePeople(db, environmentId, changes, now);
  const idOf = (target: Target): string => {
    if (target.by === 'id') return target.id;
    return (
      target.by === 'externalId' ? known.get(target.externalId) : described.get(target.change.externalId)
    ) as string;
  };
  return lists.map((targets) => {
    const problems = problemsOf(targets);
    return { problems, ids: problems.length > 0 ? [] : [...new Set(targets.map(idOf))] };
  });
}

/** Writes people; who is erased at this very moment is made anew. Answers their ids by external id. */
async function describePeople(
  db: Db,
  environmentId: string,
  changes: ReadonlyMap<string, RecipientChange>,
  now: Date,
): Promise<ReadonlyMap<string, string>> {
  await upsertRecipients(db, environmentId, [...changes.values()], now);
  const found = await resolveExternalIds(db, environmentId, [...changes.keys()]);
  const gone = [...changes.values()].filter(({ externalId }) => !found.has(externalId));
  if (gone.length === 0) return found;
  await upsertRecipients(db, environmentId, gone, now);
  return resolveExternalIds(db, environmentId, [...changes.keys()]);
}

async function findTemplates(db: Db, environmentId: string, keys: readonly string[]) {
  const rows = await Promise.all(keys.map((key) => findTemplate(db, environmentId, key)));
  return new Map(rows.flatMap((row) => (row ? [[row.key, row] as const] : [])));
}

function unknownCategory(key: string): UserError {
  return userError(['input', 'category'], 'UNKNOWN_CATEGORY', `no category "${key}"; make it with upsertCategory`);
}

function laneProblems(lane: Lane | undefined, full: ReadonlyMap<Lane, UserError>): UserError[] {
  const problem = lane && full.get(lane);
  return problem ? [problem] : [];
}

function unknownRecipient(index: number, field: 'id' | 'externalId'): UserError {
  const hint = field === 'id' ? '' : '; make it with upsertRecipient, or describe the person here with an address';
  return userError(['input', 'to', index, field], 'UNKNOWN_RECIPIENT', `no such recipient${hint}`);
}

function topicProblems(topic: string | null, topics: Map<string, string>): UserError[] {
  if (topic === null || topics.has(topic)) return [];
  return [userError(['input', 'topic'], 'UNKNOWN_TOPIC', `no topic "${topic}"; it begins with its first subscription`)];
}

function audienceProblems(key: string | null, audiences: Map<string, AudienceRule>): UserError[] {
  if (key === null || audiences.has(key)) return [];
  return [userError(['input', 'audience'], 'UNKNOWN_AUDIENCE', `no audience "${key}"; make it with upsertAudience`)];
}

function templateProblems(
  key: string | null,
  templates: Map<string, { published_version: number | null }>,
): UserError[] {
  if (key === null) return [];
  const template = templates.get(key);
  if (!template)
    return [userError(['input', 'template'], 'UNKNOWN_TEMPLATE', `no template "${key}"; make it with upsertTemplate`)];
  if (template.published_version !== null) return [];
  return [
    userError(
      ['input', 'template'],
      'TEMPLATE_UNPUBLISHED',
      `template "${key}" has no published version; use publishTemplate`,
    ),
  ];
}
