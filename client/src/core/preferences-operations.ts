import type { Operation, Timestamp, UserError } from './operations.ts';

/** How often something comes. */
export type Cadence = 'INSTANT' | 'HOURLY' | 'DAILY' | 'WEEKLY';

/** How much a person wants at all. */
export type Level = 'EVERYTHING' | 'DIGESTS' | 'TRANSACTIONAL' | 'CRITICAL';

export type Weekday = 'MON' | 'TUE' | 'WED' | 'THU' | 'FRI' | 'SAT' | 'SUN';

/** Local times of the person, `HH:MM`; across midnight where `end` is not after `start`. */
export interface QuietHours {
  readonly start: string;
  readonly end: string;
  readonly days: readonly Weekday[];
}

/** One category on one channel. `channel` is the API's word, like `EMAIL`. */
export interface PreferenceRule {
  readonly channel: string;
  readonly enabled: boolean;
  readonly cadence: Cadence;
  /** False where the operator leaves no choice. */
  readonly editable: boolean;
  /** Advertising whose consent is missing: nothing goes, whatever `enabled` says. */
  readonly needsConsent: boolean;
}

/** What the person chose of one category. */
export interface CategoryPreference {
  readonly category: {
    readonly key: string;
    readonly name: string;
    readonly description: string | null;
    readonly expected: string | null;
    readonly class: string;
    readonly mandatory: boolean;
    readonly choosableCadences: readonly Cadence[];
  };
  readonly pausedUntil: Timestamp | null;
  readonly rules: readonly PreferenceRule[];
}

/** Everything that a person chooses. */
export interface Preferences {
  readonly level: Level;
  readonly pausedUntil: Timestamp | null;
  readonly quietHours: QuietHours | null;
  readonly channelsOff: readonly string[];
  /** In the order in which they are to be shown. `section` is null for what has none, at the end. */
  readonly sections: readonly {
    readonly section: { readonly key: string; readonly name: string } | null;
    readonly categories: readonly CategoryPreference[];
  }[];
}

/** What is to change; what is not named stays. Null clears. */
export interface PreferencesChange {
  readonly level?: Level | null;
  readonly pausedUntil?: Timestamp | null;
  readonly quietHours?: QuietHours | null;
  readonly channelsOff?: readonly string[];
  readonly rules?: readonly {
    readonly category: string;
    readonly channel: string;
    readonly enabled?: boolean;
    readonly cadence?: Cadence;
  }[];
  readonly categories?: readonly { readonly category: string; readonly pausedUntil: Timestamp | null }[];
}

const fields = `level pausedUntil quietHours { start end days } channelsOff
  sections {
    section { key name }
    categories {
      category { key name description expected class mandatory choosableCadences }
      pausedUntil
      rules { channel enabled cadence editable needsConsent }
    }
  }`;

/** Reads the token owner's preferences. */
export const preferences: Operation<{ preferences: Preferences }, Record<string, never>> = {
  document: `query Preferences { preferences { ${fields} } }`,
};

/** Changes them. The answer holds them as they are now. */
export const updatePreferences: Operation<
  { updatePreferences: { preferences: Preferences | null; userErrors: UserError[] } },
  { input: PreferencesChange }
> = {
  document: `mutation UpdatePreferences($input: UpdatePreferencesInput!) {
  updatePreferences(input: $input) { preferences { ${fields} } userErrors { field message code } }
}`,
};
