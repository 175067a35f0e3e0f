import { useId, type ReactNode } from 'react';
import type { Cadence, CategoryPreference } from '../core/preferences-operations.ts';
import { ChannelSwitch, SelectField, useWords } from './fields.tsx';
import type { Change } from './PreferencesForm.tsx';

interface CategoryRowProps {
  readonly value: CategoryPreference;
  readonly change: Change;
}

/** One category: a switch for each channel, how often it comes, and why what is locked is locked. */
export function CategoryRow({ value: { category, rules }, change }: CategoryRowProps): ReactNode {
  const words = useWords();
  const id = useId();
  const locked = rules.some((rule) => !rule.editable);
  const consent = rules.some((rule) => rule.needsConsent);
  const why = [
    locked && (category.class === 'SECURITY' ? words.security : category.mandatory ? words.mandatory : words.fixed),
    consent && words.needsConsent,
  ].filter(Boolean);
  // In the inbox nothing is gathered: how often is a matter of what goes elsewhere.
  const gathered = rules.filter((rule) => rule.channel !== 'INBOX' && rule.editable && !rule.needsConsent);
  const choosable = category.choosableCadences;
  const [first] = gathered;
  return (
    <div
      className="td-category"
      role="group"
      aria-labelledby={`${id}n`}
      aria-describedby={why.length > 0 ? `${id}w` : undefined}
    >
      <p className="td-category-name" id={`${id}n`}>
        {category.name}
      </p>
      {category.description && <p className="td-hint">{category.description}</p>}
      {category.expected && <p className="td-hint">{category.expected}</p>}
      <div className="td-switches">
        {rules.map((rule) => {
          const fixed = !rule.editable || rule.needsConsent;
          return (
            <ChannelSwitch
              key={rule.channel}
              channel={rule.channel}
              checked={rule.enabled && !rule.needsConsent}
              locked={fixed}
              describedBy={fixed ? `${id}w` : undefined}
              onChange={(enabled) => change({ rules: [{ category: category.key, channel: rule.channel, enabled }] })}
            />
          );
        })}
      </div>
      {first && choosable.length > 1 && (
        <SelectField
          label={words.howOften}
          value={first.cadence}
          options={[...new Set([first.cadence, ...choosable])].map((key) => [key, words.cadences[key]])}
          onChange={(cadence) =>
            change({
              rules: gathered.map(({ channel }) => ({
                category: category.key,
                channel,
                cadence: cadence as Cadence,
              })),
            })
          }
        />
      )}
      {why.length > 0 && (
        <p className="td-hint" data-lock id={`${id}w`}>
          {why.join(' ')}
        </p>
      )}
    </div>
  );
}
