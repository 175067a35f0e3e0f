import type { Clock } from '../base/clock.js';
import { userError, UserErrors } from '../base/errors.js';
import type { ChannelName } from '../base/names.js';
import { listCategories, type CategoryRow } from '../store/categories.js';
import type { Db } from '../store/database.js';
import { listPreferences, savePreferences } from '../store/recipients.js';
import type { InTransaction } from '../store/transaction.js';

/** One cell of the matrix that a person sees. */
export interface PreferenceRule {
  readonly category: CategoryRow;
  readonly channel: ChannelName;
  readonly enabled: boolean;
  /** False where the category does not let anyone choose. */
  readonly editable: boolean;
}

/** Every category and channel that can reach a person, with that person's choice or the default, on. */
export async function preferencesOf(db: Db, environmentId: string, recipientId: string): Promise<PreferenceRule[]> {
  const [categories, chosen] = await Promise.all([
    listCategories(db, environmentId),
    listPreferences(db, environmentId, recipientId),
  ]);
  const choice = new Map(chosen.map((row) => [`${row.category_key} ${row.channel}`, row.enabled]));
  return categories.flatMap((category) =>
    category.channels.map((channel) => {
      const editable = isEditable(category);
      return {
        category,
        channel,
        editable,
        enabled: editable ? (choice.get(`${category.key} ${channel}`) ?? true) : true,
      };
    }),
  );
}

export interface PreferenceRuleInput {
  readonly category: string;
  readonly channel: ChannelName;
  readonly enabled?: boolean | null;
}

/** Writes the rules named; others stay. Refuses what the category does not leave to people. Throws UserErrors. */
export async function updatePreferences(
  context: { inTransaction: InTransaction; clock: Clock },
  environmentId: string,
  recipientId: string,
  rules: readonly PreferenceRuleInput[],
): Promise<void> {
  await context.inTransaction(async ({ db }) => {
    const byKey = new Map((await listCategories(db, environmentId)).map((category) => [category.key, category]));
    const problems = rules.flatMap((rule, index) => {
      const category = byKey.get(rule.category);
      if (!category)
        return [userError(['input', 'rules', index, 'category'], 'NOT_FOUND', `no category "${rule.category}"`)];
      if (rule.enabled === false && !isEditable(category))
        return [
          userError(
            ['input', 'rules', index, 'enabled'],
            'NOT_EDITABLE',
            `"${rule.category}" is mandatory and cannot be switched off`,
          ),
        ];
      return [];
    });
    if (problems.length > 0) throw new UserErrors(problems);
    const written = rules.map((rule) => ({
      category_key: rule.category,
      channel: rule.channel,
      enabled: rule.enabled ?? true,
    }));
    const last = new Map(written.map((rule) => [`${rule.category_key} ${rule.channel}`, rule]));
    await savePreferences(db, environmentId, recipientId, [...last.values()], context.clock.now());
  });
}

function isEditable(category: CategoryRow): boolean {
  return !category.mandatory && category.class !== 'SECURITY';
}
