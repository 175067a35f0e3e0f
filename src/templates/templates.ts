import { userError, UserErrors, type UserError } from '../base/errors.js';
import type { Clock } from '../base/clock.js';
import type { Db } from '../store/database.js';
import {
  findTemplate,
  lockTemplate,
  publishTemplateVersion,
  saveTemplate,
  saveTemplateVersion,
  type TemplateContent,
  type TemplateRow,
} from '../store/templates.js';
import { syntaxProblems } from './render.js';

const MAX_CONTENTS = 100;
const MAX_SOURCE = 200_000;

/** What is written here must be one transaction. */
export interface TemplatesContext {
  readonly db: Db;
  readonly clock: Clock;
}

/**
 * Writes the draft: over the present draft, or as the next version number after publishing. Throws UserErrors with paths
 * below `input` when a source does not compile or variants repeat.
 */
export async function upsertTemplate(
  context: TemplatesContext,
  environmentId: string,
  input: { key: string; name?: string | null; contents: readonly TemplateContent[] },
): Promise<TemplateRow> {
  const problems = contentProblems(input.contents);
  if (problems.length > 0) throw new UserErrors(problems);
  const now = context.clock.now();
  const { db } = context;
  const row = await lockTemplate(db, environmentId, input.key, input.name ?? input.key, now);
  const number = row.draft_version ?? (row.published_version ?? 0) + 1;
  await saveTemplateVersion(db, { environmentId, key: input.key, number, contents: input.contents }, now);
  const saved: TemplateRow = { ...row, name: input.name ?? row.name, draft_version: number };
  await saveTemplate(db, saved, now);
  return saved;
}

/** Makes the draft the published version, used by every send accepted from then on. Throws UserErrors. */
export async function publishTemplate(
  context: TemplatesContext,
  environmentId: string,
  key: string,
): Promise<TemplateRow> {
  const now = context.clock.now();
  const { db } = context;
  const row = await findTemplate(db, environmentId, key, { lock: true });
  if (!row) throw new UserErrors([userError(['input', 'key'], 'NOT_FOUND', `no template "${key}"`)]);
  if (row.draft_version === null)
    throw new UserErrors([
      userError(['input', 'key'], 'NO_DRAFT', `template "${key}" has no draft; write one with upsertTemplate`),
    ]);
  await publishTemplateVersion(db, environmentId, key, row.draft_version, now);
  const saved: TemplateRow = { ...row, published_version: row.draft_version, draft_version: null };
  await saveTemplate(db, saved, now);
  return saved;
}

function contentProblems(contents: readonly TemplateContent[]): UserError[] {
  if (contents.length === 0 || contents.length > MAX_CONTENTS)
    return [
      userError(['input', 'contents'], 'INVALID', `${contents.length} variants given, expected 1 to ${MAX_CONTENTS}`),
    ];
  const seen = new Set<string>();
  return contents.flatMap((content, index) => {
    const at = (part: string): string[] => ['input', 'contents', String(index), part];
    const problems = syntaxProblems(content).map(({ part, message }) => userError(at(part), 'SYNTAX', message));
    const size = content.body.length + (content.html?.length ?? 0) + (content.title?.length ?? 0);
    if (size > MAX_SOURCE)
      problems.push(userError(at('body'), 'TOO_LONG', `${size} characters given, at most ${MAX_SOURCE}`));
    const variant = `${content.channel} ${content.locale.toLowerCase()}`;
    if (seen.has(variant)) problems.push(userError(at('locale'), 'DUPLICATE', `a second variant for ${variant}`));
    seen.add(variant);
    return problems;
  });
}
