import type { Cadence, ChannelName } from '../base/names.js';

/** Why a link opens nothing. */
export type Shut = 'INVALID' | 'EXPIRED';

/** What a button of the page about unsubscribing does. */
export const CHOICES = ['category', 'all', 'category-again', 'all-again'] as const;
export type Choice = (typeof CHOICES)[number];

export interface UnsubscribeView {
  readonly environment: string;
  readonly locale: string | null;
  readonly category: {
    readonly name: string;
    readonly channel: ChannelName;
    readonly off: boolean;
    /** It is advertising that comes only once the person agrees to it. */
    readonly needsConsent: boolean;
  } | null;
  readonly allOff: boolean;
}

export type FormProblem =
  | 'QUIET_INCOMPLETE'
  | 'QUIET_INVALID'
  | 'QUIET_SAME'
  | 'PAUSE_INVALID'
  | 'PAUSE_PAST'
  | 'PAUSE_FAR'
  | 'AGREEMENT'
  | 'REFUSED';

/** `field`: `quiet`, `pause`, `pause CATEGORY`, the name of a cell, or empty for the form as a whole. */
export interface FieldProblem {
  readonly field: string;
  readonly problem: FormProblem;
}

/** As recipients/form-state says it: cells are named `category CHANNEL`, whole channels by their name. */
export interface Form {
  readonly on: ReadonlySet<string>;
  readonly cadences: ReadonlyMap<string, string>;
  readonly firsts: ReadonlyMap<string, string>;
  readonly pauses: ReadonlyMap<string, string>;
  readonly level: string;
  readonly quietFrom: string;
  readonly quietTo: string;
  readonly pausedUntil: string;
  readonly unsubscribed: boolean;
}

/** A form that came back. */
export interface FilledForm extends Form {
  /** The cells and channels that could be chosen in it. */
  readonly shown: ReadonlySet<string>;
  /** What it said when it was shown; null: it does not tell. */
  readonly was: Form | null;
  /** Digests of the words that a tick agrees to, by cell. */
  readonly agreed: ReadonlyMap<string, string>;
}

export interface RowView {
  readonly key: string;
  readonly name: string;
  readonly description: string | null;
  readonly expected: string | null;
  readonly locked: 'SECURITY' | 'MANDATORY' | 'FIXED' | null;
  readonly cells: readonly CellView[];
  readonly firsts: readonly ChannelName[];
  readonly pausable: boolean;
  /** Of advertising, what it refers to; null: it is none. */
  readonly terms: { readonly termsUrl: string | null; readonly privacyUrl: string | null } | null;
}

/** Why nobody can agree by a tick; recipients/agreement says what they mean. */
export type ConsentLock = 'BY_TEXT' | 'ELSEWHERE' | 'NO_TERMS';

export interface CellView {
  readonly channel: ChannelName;
  readonly editable: boolean;
  readonly cadences: readonly Cadence[];
  readonly atOnce: boolean;
  /** Advertising without the consent that it needs: a tick agrees to it, or why none can; null: it needs none. */
  readonly consent: 'TICK' | ConsentLock | null;
}

/** What somebody agrees to by ticking a cell. */
export interface Agreement {
  readonly wording: string;
  /** Language tag. */
  readonly language: string;
  /** Are they the very words that the form stood in? */
  readonly isAsShown: boolean;
}

export interface PreferencesView {
  readonly environment: string;
  readonly locale: string | null;
  readonly timeZone: string;
  readonly channels: readonly ChannelName[];
  readonly sections: readonly { readonly name: string | null; readonly rows: readonly RowView[] }[];
  readonly form: Form;
}

/** What the pages for people show and do; handed in, so that the server knows nothing of recipients. */
export interface PeoplePages {
  unsubscribeState(token: string): Promise<UnsubscribeView | Shut>;
  /** `choice` null: what the link itself is for. */
  unsubscribe(token: string, choice: Choice | null): Promise<UnsubscribeView | Shut>;
  preferencesState(token: string): Promise<PreferencesView | Shut>;
  savePreferences(
    token: string,
    form: FilledForm,
    words: (view: PreferencesView, category: string, channel: ChannelName) => Agreement | null,
  ): Promise<{ readonly state: PreferencesView; readonly problems: readonly FieldProblem[] } | Shut>;
}
