import { useId, type ReactNode } from 'react';
import { useView } from './provider.tsx';

const ownNames: Readonly<Record<string, string>> = {
  SMS: 'SMS',
  SLACK: 'Slack',
  WHATSAPP: 'WhatsApp',
  TELEGRAM: 'Telegram',
  DISCORD: 'Discord',
  TEAMS: 'Teams',
  WEBHOOK: 'Webhook',
};

interface ChannelSwitchProps {
  readonly channel: string;
  readonly checked: boolean;
  /** It can be reached, and says why it cannot be switched. */
  readonly locked?: boolean;
  readonly describedBy?: string | undefined;
  readonly onChange: (on: boolean) => void;
}

/** A channel, on or off. */
export function ChannelSwitch({ channel, checked, locked, describedBy, onChange }: ChannelSwitchProps): ReactNode {
  const { labels } = useView();
  return (
    <label className="td-switch" data-locked={locked || undefined}>
      <input
        type="checkbox"
        role="switch"
        checked={checked}
        // Not `disabled`: then nobody would come to hear why.
        aria-disabled={locked}
        aria-describedby={describedBy}
        onChange={(event) => locked || onChange(event.target.checked)}
      />
      {labels.preferences.channelNames[channel] ?? ownNames[channel] ?? channel}
    </label>
  );
}

interface SelectFieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  readonly options: readonly (readonly [key: string, name: string])[];
  readonly onChange: (key: string) => void;
}

/** One of several. */
export function SelectField({ label, hint, value, options, onChange }: SelectFieldProps): ReactNode {
  const id = useId();
  return (
    <div className="td-field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        aria-describedby={hint && `${id}h`}
        onChange={(event) => onChange(event.target.value)}
      >
        {options.map(([key, name]) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </select>
      {hint && (
        <p className="td-hint" id={`${id}h`}>
          {hint}
        </p>
      )}
    </div>
  );
}
