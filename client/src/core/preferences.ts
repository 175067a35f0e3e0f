import type { Ground } from './ground.ts';
import type { PreferencesHandle, PreferencesSnapshot } from './handles.ts';
import {
  preferences,
  updatePreferences,
  type CategoryPreference,
  type Preferences,
  type PreferencesChange,
} from './preferences-operations.ts';
import { Watched } from './watched.ts';

type Wanted = PreferencesSnapshot & { readonly changes: readonly PreferencesChange[] };

const nothing: Wanted = { value: null, loading: false, saving: false, problem: null, changes: [] };

/** What the person wants: as the server said it, with the changes laid over that it has not answered yet. */
export class PreferencesPart implements PreferencesHandle {
  private now = nothing;
  private turn: Promise<unknown> = Promise.resolve();
  private readonly watched = new Watched(
    (): PreferencesSnapshot => {
      const { changes, value, ...rest } = this.now;
      return { ...rest, value: value && changes.reduce(changed, value), saving: changes.length > 0 };
    },
    () => {
      if (!this.now.value && !this.now.loading) void this.reload();
    },
  );

  readonly subscribe = this.watched.subscribe;
  readonly getSnapshot = this.watched.getSnapshot;

  constructor(private readonly ground: Ground) {}

  async reload(): Promise<void> {
    const { life } = this.ground;
    this.set({ loading: true });
    try {
      const { preferences: value } = await this.ground.transport.request(preferences, {});
      if (life === this.ground.life) this.set({ value, loading: false, problem: null });
    } catch (error) {
      if (life === this.ground.life) this.set({ loading: false, problem: 'LOAD' });
      this.ground.tell({ type: 'error', error });
    }
  }

  /** One after the other: the last word is the last change. */
  update(change: PreferencesChange): Promise<boolean> {
    this.set({ changes: [...this.now.changes, change] });
    const { life } = this.ground;
    const turn = this.turn.then(() => life === this.ground.life && this.save(change));
    this.turn = turn;
    return turn;
  }

  /** All of it is of somebody else. */
  forget(): void {
    this.now = nothing;
    this.set({});
    if (this.watched.isWatched) void this.reload();
  }

  private async save(input: PreferencesChange): Promise<boolean> {
    const { life } = this.ground;
    try {
      const { updatePreferences: answer } = await this.ground.transport.request(updatePreferences, { input });
      const value = answer.preferences;
      if (value === null || answer.userErrors.length > 0) throw new Error(answer.userErrors[0]?.message);
      return this.end(life, input, { value, problem: null });
    } catch (error) {
      this.ground.tell({ type: 'error', error });
      this.end(life, input, { problem: 'SAVE' });
      return false;
    }
  }

  private end(life: number, change: PreferencesChange, outcome: Partial<Wanted>): boolean {
    if (life !== this.ground.life) return false;
    this.set({ ...outcome, changes: this.now.changes.filter((other) => other !== change) });
    return true;
  }

  private set(part: Partial<Wanted>): void {
    this.now = { ...this.now, ...part };
    if (this.watched.refresh()) this.watched.tell();
  }
}

/** The preferences as they will be after the change. */
function changed(value: Preferences, change: PreferencesChange): Preferences {
  const { level, rules, categories, ...whole } = change;
  const ofCategory = (old: CategoryPreference): CategoryPreference => {
    const { key } = old.category;
    const paused = categories?.find((one) => one.category === key);
    return {
      ...old,
      ...(paused && { pausedUntil: paused.pausedUntil }),
      rules: old.rules.map((rule) => {
        const { category, ...wanted } =
          rules?.find((one) => one.category === key && one.channel === rule.channel) ?? {};
        return { ...rule, ...wanted };
      }),
    };
  };
  return {
    ...value,
    ...whole,
    ...(level !== undefined && { level: level ?? 'EVERYTHING' }),
    sections: value.sections.map((section) => ({ ...section, categories: section.categories.map(ofCategory) })),
  };
}
