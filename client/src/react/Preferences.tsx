import type { ReactNode } from 'react';
import type { CategoryPreference } from '../core/preferences-operations.ts';
import { Opened } from './Opened.tsx';
import { Heading, InPage } from './parts.tsx';
import { useView } from './provider.tsx';

/** Which part is shown. */
export interface PreferencesProps {
  /** Only the categories for which it is true; then also nothing that is about all categories is shown. */
  readonly filter?: ((category: CategoryPreference) => boolean) | undefined;
  /** Level of its heading, 1 … 5; 2 by default. */
  readonly headingLevel?: number;
}

/** What the person wants, by itself in a page. Every choice is saved at once. */
export function Preferences({ filter, headingLevel = 2 }: PreferencesProps): ReactNode {
  const { preferencesTitle, preferencesFailed, loading } = useView().labels;
  return (
    <InPage label={preferencesTitle}>
      <div className="td-head">
        <Heading level={headingLevel} className="td-heading">
          {preferencesTitle}
        </Heading>
      </div>
      <Opened failure={preferencesFailed} waiting={<p className="td-empty">{loading}</p>}>
        {(code, meanwhile) =>
          code ? (
            <code.PreferencesForm filter={filter} level={headingLevel + 1} />
          ) : (
            <div className="td-preferences">{meanwhile}</div>
          )
        }
      </Opened>
    </InPage>
  );
}

/** What the form of the preferences is given. */
export interface FormProps {
  readonly filter: PreferencesProps['filter'];
  /** Of its headings. */
  readonly level: number;
}
