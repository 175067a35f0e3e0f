import { absence } from './absence.js';
import { cancellation } from './cancellation.js';
import { configured } from './configured.js';
import { consent } from './consent.js';
import { expiry } from './expiry.js';
import { frequencyCap } from './frequency-cap.js';
import { level } from './level.js';
import { preferences } from './preferences.js';
import { presence } from './presence.js';
import { quietHours } from './quiet-hours.js';
import { reachable } from './reachable.js';
import type { Rule } from './rule.js';
import { schedule } from './schedule.js';
import { throttle } from './throttle.js';
import { sendWindow } from './send-window.js';
import { tracking } from './tracking.js';

/**
 * All rules, in the order they are asked. Of gates the first that speaks decides; of channel rules the first that speaks
 * gives the reason.
 */
export const RULES: readonly Rule[] = [
  cancellation,
  expiry,
  schedule,
  // At the time that the sender asked for, not before: by then the person may be back, or of another mind.
  absence,
  level,
  quietHours,
  sendWindow,
  throttle,
  frequencyCap,
  preferences,
  consent,
  reachable,
  configured,
  presence,
  tracking,
];
