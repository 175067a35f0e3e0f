import { userError, type UserError } from '../base/errors.js';
import type { CategoryClass } from '../base/names.js';
import type { Db } from '../store/database.js';
import { findTemplateContents } from '../store/templates.js';
import type { SendRequest } from './request.js';

/** What makes a first mail look like an answer or something passed on, in the languages whose clients write it. */
const ANSWER = /^\s*(re|aw|sv|vs|antw|odp|rif|fwd?|wg|tr|rv)\s*(\[\d+\])?\s*[:：]/i;

/** Advertising that pretends to be an answer is refused (CAN-SPAM: no misleading subject). */
export async function subjectProblems(
  db: Db,
  environmentId: string,
  kind: CategoryClass | undefined,
  { content, template }: Pick<SendRequest, 'content' | 'template'>,
  templateVersion: number | null,
): Promise<UserError[]> {
  if (kind !== 'MARKETING') return [];
  if (content) return ANSWER.test(content.title) ? [misleading(['content', 'title'], content.title)] : [];
  if (template === null || templateVersion === null) return [];
  const variants = (await findTemplateContents(db, environmentId, template, templateVersion)) ?? [];
  const title = variants.find((one) => one.channel === 'EMAIL' && one.title !== null && ANSWER.test(one.title))?.title;
  return title == null ? [] : [misleading(['template'], title)];
}

function misleading(path: readonly string[], title: string): UserError {
  const message = `the subject "${title.slice(0, 80)}" pretends to be an answer or a forwarded mail; advertising may not`;
  return userError(['input', ...path], 'MISLEADING_SUBJECT', message);
}
