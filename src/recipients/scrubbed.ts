import type { Plan } from '../routing/decision.js';
import type { HistoryEvent } from '../routing/history.js';

type FieldOf<Event> = Event extends unknown ? keyof Event : never;
type Field = Exclude<FieldOf<HistoryEvent>, 'at' | 'type' | 'ordinal'>;

/** What erasing makes of each field of an event: codes, numbers and times stay. A new field has to say it too. */
const FIELDS: Readonly<Record<Field, 'STAYS' | 'EMPTY' | 'NULL'>> = {
  ackBy: 'STAYS',
  address: 'EMPTY',
  alone: 'STAYS',
  channel: 'STAYS',
  closesAt: 'STAYS',
  code: 'STAYS',
  detail: 'NULL',
  digestId: 'STAYS',
  digestNotificationId: 'STAYS',
  durationMs: 'STAYS',
  httpStatus: 'STAYS',
  integration: 'STAYS',
  // Of a digest: the caller's own words.
  key: 'EMPTY',
  kind: 'STAYS',
  leaseUntil: 'STAYS',
  number: 'STAYS',
  permanent: 'STAYS',
  provider: 'STAYS',
  providerId: 'NULL',
  reason: 'STAYS',
  retryAt: 'STAYS',
  simulated: 'STAYS',
  slidesMs: 'STAYS',
  state: 'STAYS',
  until: 'STAYS',
  // It may name a colleague.
  why: 'EMPTY',
};

function fieldsThat(fate: 'STAYS' | 'EMPTY'): readonly string[] {
  return Object.entries(FIELDS).flatMap(([field, what]) => (what === fate ? [field] : []));
}

/** Fields of events that stay when a person is erased, and those that become empty; every other one becomes null. */
export const STAYING_FIELDS = fieldsThat('STAYS');
export const EMPTY_FIELDS = fieldsThat('EMPTY');

/** An event as it is written of somebody who was erased: it says what became of it, and nothing of the person. */
export function scrubbedEvent(event: HistoryEvent): HistoryEvent {
  const fields = Object.entries(event).map(([field, value]) => {
    const fate = field in FIELDS ? FIELDS[field as Field] : 'STAYS';
    return [field, fate === 'STAYS' ? value : fate === 'EMPTY' ? '' : null];
  });
  return Object.fromEntries(fields) as HistoryEvent;
}

/** A plan without its details, which may name a colleague. */
export function scrubbedPlan(plan: Plan): Plan {
  return { ...plan, notes: plan.notes.map((note) => ({ ...note, detail: null })) };
}
