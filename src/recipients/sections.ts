import { userError, UserErrors, type UserError } from '../base/errors.js';
import type { SectionRow } from '../store/sections.js';

/** What a caller says of a section; missing or null leaves it. */
export interface SectionChange {
  readonly key: string;
  readonly name?: string | null;
  readonly position?: number | null;
}

const NAME_MAX = 255;
const POSITION_MAX = 1_000_000;

/** The section with the change applied. Throws UserErrors with paths below `input`. */
export function checkSection(
  environmentId: string,
  { key, name, position }: SectionChange,
  known: SectionRow | undefined,
  now: Date,
): SectionRow {
  const row: SectionRow = {
    environment_id: environmentId,
    key,
    name: name ?? known?.name ?? key,
    position: position ?? known?.position ?? 0,
    created_at: known?.created_at ?? now,
    updated_at: now,
  };
  const problems: UserError[] = [];
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(key))
    problems.push(
      userError(
        ['input', 'key'],
        'INVALID_KEY',
        `"${key.slice(0, 80)}" given, expected 1 to 64 of a-z, 0-9, ".", "_", "-"`,
      ),
    );
  if (row.name.length === 0 || row.name.length > NAME_MAX)
    problems.push(userError(['input', 'name'], 'INVALID_NAME', `expected 1 to ${NAME_MAX} characters`));
  if (Math.abs(row.position) > POSITION_MAX)
    problems.push(
      userError(
        ['input', 'position'],
        'INVALID_POSITION',
        `${row.position} given, expected -${POSITION_MAX} to ${POSITION_MAX}`,
      ),
    );
  if (problems.length > 0) throw new UserErrors(problems);
  return row;
}
