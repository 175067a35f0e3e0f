import { userError, type UserError } from '../base/errors.js';

/** What a caller says of the item in the inbox alone. */
export interface InboxOptions {
  readonly actions?: readonly InboxActionInput[] | null;
  readonly groupKey?: string | null;
  readonly urgent?: boolean | null;
  /** It leaves the inbox then. */
  readonly expiresAt?: Date | null;
}

export interface InboxActionInput {
  readonly key: string;
  readonly label: string;
  readonly url?: string | null;
  readonly primary?: boolean | null;
}

/** As it is kept with the send, as JSON; what was not said is missing. */
export interface StoredInboxOptions {
  readonly actions?: readonly { key: string; label: string; url: string | null; primary: boolean }[];
  readonly groupKey?: string;
  readonly urgent?: true;
  readonly expiresAt?: string;
}

const ACTIONS_MAX = 5;
const LABEL_MAX = 100;
const GROUP_MAX = 255;
const KEY = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** What is wrong with it, with paths below `input.inbox`. */
export function inboxProblems({ actions, groupKey }: InboxOptions): UserError[] {
  const problems: UserError[] = [];
  const refuse = (path: readonly (string | number)[], code: string, message: string): void =>
    void problems.push(userError(['input', 'inbox', ...path], code, message));
  const list = actions ?? [];
  if (list.length > ACTIONS_MAX)
    refuse(['actions'], 'TOO_MANY_ACTIONS', `${list.length} actions given, at most ${ACTIONS_MAX}`);
  list.forEach(({ key, label }, index) => {
    if (!KEY.test(key))
      refuse(
        ['actions', index, 'key'],
        'INVALID_ACTION',
        `"${key.slice(0, 80)}" given, expected 1 to 64 of a-z, 0-9, ".", "_", "-"`,
      );
    if (list.findIndex((other) => other.key === key) < index)
      refuse(['actions', index, 'key'], 'INVALID_ACTION', `"${key.slice(0, 80)}" is in the list twice`);
    if (label.trim() === '' || label.length > LABEL_MAX || /\p{Cc}/u.test(label))
      refuse(['actions', index, 'label'], 'INVALID_ACTION', `expected one line of 1 to ${LABEL_MAX} characters`);
  });
  if (groupKey != null && (groupKey.length === 0 || groupKey.length > GROUP_MAX || /\p{Cc}/u.test(groupKey)))
    refuse(['groupKey'], 'INVALID_GROUP_KEY', `expected 1 to ${GROUP_MAX} characters without control characters`);
  return problems;
}

/** As it is kept; null: nothing was said. */
export function storedInboxOptions(options: InboxOptions | null | undefined): StoredInboxOptions | null {
  const { actions, groupKey, urgent, expiresAt } = options ?? {};
  const stored: StoredInboxOptions = {
    ...(actions && actions.length > 0
      ? {
          actions: actions.map(({ key, label, url, primary }) => ({
            ...{ key, label: label.trim(), url: url ?? null, primary: primary ?? false },
          })),
        }
      : {}),
    ...(groupKey == null ? {} : { groupKey }),
    ...(urgent === true ? { urgent } : {}),
    ...(expiresAt == null ? {} : { expiresAt: expiresAt.toISOString() }),
  };
  return Object.keys(stored).length === 0 ? null : stored;
}
