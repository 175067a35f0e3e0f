import { absence } from './absence.js';
import { cancellation } from './cancellation.js';
import { configured } from './configured.js';
import { consent } from './consent.js';
import { expiry } from './expiry.js';
import { level } from './level.js';
import { preferences } from './preferences.js';
import { presence } from './presence.js';
import { reachable } from './reachable.js';
import type { Rule } from './rule.js';
import { schedule } from './schedule.js';

/**
 * All rules, in the order they are asked. Of gates the first that speaks decides; of channel rules the first that speaks
 * gives the reason.
 */
export const RULES: readonly Rule[] = [
  cancellation,
  expiry,
  absence,
  level,
  schedule,
  preferences,
  consent,
  reachable,
  configured,
  presence,
];
