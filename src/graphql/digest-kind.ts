import { DIGEST_KINDS } from '../base/names.js';
import { describe } from './enums.js';

export const DigestKindEnum = describe('DigestKind', DIGEST_KINDS, 'What opens and closes a window of a digest.', {
  BATCH: 'The first item opens it; it closes after a span.',
  SCHEDULE: 'It closes at fixed local times of the person.',
});
