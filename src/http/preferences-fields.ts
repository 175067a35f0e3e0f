import type { FilledForm, Form } from './people-views.js';

/** A form as it came back; `was`: as it was shown, if it says so. */
export function filledForm(fields: URLSearchParams): FilledForm {
  const was = fields.get('was') ?? '';
  return {
    ...formOf(fields),
    shown: new Set(fields.getAll('shown')),
    agreed: startingWith('agreed ', fields),
    was: was === '' ? null : formOf(new URLSearchParams(was)),
  };
}

/** A form as text, for a field that says what was shown. */
export function textOf(form: Form): string {
  const { on, cadences, firsts, pauses, unsubscribed, level, quietFrom, quietTo, pausedUntil } = form;
  const named = (kind: string, values: ReadonlyMap<string, string>): [string, string][] =>
    [...values].flatMap(([name, value]) => (value === '' ? [] : [[`${kind} ${name}`, value]]));
  const fields: [string, string][] = [
    ...[...on].map((name): [string, string] => ['on', name]),
    ...named('cadence', cadences),
    ...named('first', firsts),
    ...named('pause', pauses),
    ...Object.entries({ level, quietFrom, quietTo, pausedUntil }),
    ...(unsubscribed ? [['unsubscribed', 'yes'] as [string, string]] : []),
  ];
  return new URLSearchParams(fields).toString();
}

function formOf(fields: URLSearchParams): Form {
  return {
    on: new Set(fields.getAll('on')),
    cadences: startingWith('cadence ', fields),
    firsts: startingWith('first ', fields),
    pauses: startingWith('pause ', fields),
    level: fields.get('level') ?? '',
    quietFrom: fields.get('quietFrom') ?? '',
    quietTo: fields.get('quietTo') ?? '',
    pausedUntil: fields.get('pausedUntil') ?? '',
    unsubscribed: fields.get('unsubscribed') !== null,
  };
}

/** Fields of one kind, by the rest of their names. */
function startingWith(kind: string, fields: URLSearchParams): Map<string, string> {
  return new Map(
    [...fields].flatMap(([name, value]) => (name.startsWith(kind) ? [[name.slice(kind.length), value]] : [])),
  );
}
