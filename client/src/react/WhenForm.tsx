import { useState, type ReactNode } from 'react';
import { localField } from './snooze-times.ts';

interface WhenFormProps {
  readonly label: string;
  readonly submit: string;
  readonly onChoose: (at: Date) => void;
  readonly children: ReactNode;
}

/** Asks for a moment: in the future and within a year, as the server wants it. Tomorrow to begin with. */
export function WhenForm({ label, submit, onChoose, children }: WhenFormProps): ReactNode {
  const [now] = useState(() => Date.now());
  const field = (hours: number): string => localField(new Date(now + hours * 3_600_000));
  return (
    <form
      className="td-when"
      onSubmit={(event) => {
        event.preventDefault();
        const at = new FormData(event.currentTarget).get('at');
        if (typeof at === 'string') onChoose(new Date(at));
      }}
    >
      <label className="td-field">
        {label}
        <input
          type="datetime-local"
          name="at"
          required
          min={field(0.1)}
          max={field(364 * 24)}
          defaultValue={field(24)}
        />
      </label>
      <button type="submit" className="td-button" data-primary>
        {submit}
      </button>
      {children}
    </form>
  );
}
