import type { Labels } from '../labels.ts';
import { englishInbox } from './en-inbox.ts';
import { preferences } from './en-preferences.ts';

/** The English words. */
export const english: Labels = { ...englishInbox, preferences };
