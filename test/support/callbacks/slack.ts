import { createHmac } from 'node:crypto';
import type { Callback } from '../../../src/providers/callback.js';
import { NOON } from '../arbitraries.js';
import { toCallback, type VendorCallbacks } from '../callback-contract.js';

export const SECRETS = { botToken: 'xoxb-of-ana', signingSecret: 'signed-by-ana' };
export function signed(body: Buffer, at: Date): Callback {
  const time = String(Math.floor(at.getTime() / 1000));
  const mac = createHmac('sha256', SECRETS.signingSecret).update(`v0:${time}:`).update(body).digest('hex');
  return toCallback({ body, headers: { 'x-slack-request-timestamp': time, 'x-slack-signature': `v0=${mac}` } });
}

export const callbackOf = (id: string, event: object) =>
  JSON.stringify({ type: 'event_callback', team_id: 'T01', event_id: id, event_time: 1773489600, event });

/** What Slack posts. */
export const slackCallbacks: VendorCallbacks = {
  channel: 'SLACK',
  settings: {},
  credentials: SECRETS,
  name: 'slack',
  signed,
  bodies: [
    {
      name: 'somebody has been deactivated',
      body: callbackOf('Ev01', { type: 'user_change', user: { id: 'U024BE7LH', deleted: true } }),
      events: [{ type: 'user_change', means: 'GONE', address: 'U024BE7LH', at: NOON, attemptId: null }],
    },
    {
      name: 'somebody has another name',
      body: callbackOf('Ev02', { type: 'user_change', user: { id: 'U024BE7LH', deleted: false } }),
      events: [{ means: null, address: null }],
    },
    {
      name: 'an event that we do not know',
      body: callbackOf('Ev03', { type: 'app_home_opened', user: 'U024BE7LH' }),
      events: [{ type: 'app_home_opened', means: null, address: null }],
    },
  ],
  signsBody: true,
  believedForMs: 5 * 60_000,
};
