import { partOf, type Ground, type Part } from './ground.ts';
import type { PreferencesHandle, PreferencesSnapshot } from './handles.ts';
import { preferences, updatePreferences, type Preferences, type PreferencesChange } from './preferences-operations.ts';
import type { InboxClient } from './store.ts';
import { watched } from './watched.ts';

/** What the client's person wants to be told, and how; the same object for the same client. */
export const preferencesOf: (client: InboxClient) => PreferencesHandle = /* @__PURE__ */ partOf(preferencesPart);

/** As the server said it, with the changes laid over that it has not answered yet. */
function preferencesPart(ground: Ground): PreferencesHandle & Part {
  let value: Preferences | null = null;
  let changes: readonly PreferencesChange[] = [];
  let loading = false;
  let problem: PreferencesSnapshot['problem'] = null;
  let turn: Promise<unknown> = Promise.resolve();

  const watching = watched<PreferencesSnapshot>(
    () => ({ value: value && changes.reduce(changed, value), loading, saving: changes.length > 0, problem }),
    () => {
      if (!value && !loading) void reload();
    },
  );

  /** Asks, and takes the answer in unless it is for somebody else by then. False: there was none. */
  async function asked(
    what: 'LOAD' | 'SAVE',
    ask: () => Promise<Preferences | null>,
    after: () => void,
  ): Promise<boolean> {
    const { life } = ground;
    const answer = await ask().catch((error: unknown) => {
      ground.tell({ type: 'error', error });
      return null;
    });
    if (life !== ground.life) return false;
    after();
    value = answer ?? value;
    problem = answer ? null : what;
    watching.refresh();
    return answer !== null;
  }

  async function reload(): Promise<void> {
    loading = true;
    watching.refresh();
    await asked(
      'LOAD',
      async () => (await ground.transport.request(preferences, {})).preferences,
      () => (loading = false),
    );
  }

  async function save(input: PreferencesChange): Promise<Preferences | null> {
    const { updatePreferences: answer } = await ground.transport.request(updatePreferences, { input });
    return answer.userErrors.length > 0 ? null : answer.preferences;
  }

  return {
    subscribe: watching.subscribe,
    getSnapshot: watching.getSnapshot,
    reload,
    update(change) {
      changes = [...changes, change];
      watching.refresh();
      const { life } = ground;
      // One after the other: the last word is the last change.
      const mine = turn.then(
        () =>
          life === ground.life &&
          asked(
            'SAVE',
            () => save(change),
            () => (changes = changes.filter((other) => other !== change)),
          ),
      );
      turn = mine;
      return mine;
    },
    forget() {
      value = problem = null;
      changes = [];
      loading = false;
      watching.refresh();
      if (watching.isWatched()) void reload();
    },
  };
}

/** The preferences as they will be after the change. */
function changed(value: Preferences, { level, rules, categories, ...whole }: PreferencesChange): Preferences {
  return {
    ...value,
    ...whole,
    ...(level !== undefined && { level: level ?? 'EVERYTHING' }),
    sections: value.sections.map((section) => ({
      ...section,
      categories: section.categories.map((old) => {
        const { key } = old.category;
        return {
          ...old,
          ...laid(categories?.find((one) => one.category === key)),
          rules: old.rules.map((rule) => ({
            ...rule,
            ...laid(rules?.find((one) => one.category === key && one.channel === rule.channel)),
          })),
        };
      }),
    })),
  };
}

/** What a change says, without the category of which it says that. */
function laid<Change extends { category: string }>(change: Change | undefined): Omit<Change, 'category'> | undefined {
  if (!change) return undefined;
  const { category: _category, ...said } = change;
  return said;
}
