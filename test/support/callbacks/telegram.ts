import type { Callback } from '../../../src/providers/callback.js';
import { NOON } from '../arbitraries.js';
import { toCallback, type VendorCallbacks } from '../callback-contract.js';

export const SECRETS = { botToken: '110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw', secretToken: 'of-ana' };
export const signed = (body: Buffer): Callback =>
  toCallback({ body, headers: { 'x-telegram-bot-api-secret-token': SECRETS.secretToken } });
const chat = { id: 1111, first_name: 'Ana', type: 'private' };
const written = (id: number, text: string, where: object = chat) =>
  JSON.stringify({ update_id: id, message: { message_id: 7, date: 1773489600, chat: where, text } });
export const member = (id: number, status: string, where: object = chat) =>
  JSON.stringify({
    update_id: id,
    my_chat_member: { chat: where, date: 1773489600, new_chat_member: { user: { id: 110201543 }, status } },
  });

/** What Telegram posts. */
export const telegramCallbacks: VendorCallbacks = {
  channel: 'TELEGRAM',
  settings: {},
  credentials: SECRETS,
  name: 'telegram',
  signed,
  bodies: [
    {
      name: 'the bot is blocked',
      body: member(1, 'kicked'),
      events: [{ key: '1', type: 'my_chat_member', means: 'GONE', address: '1111', at: NOON, attemptId: null }],
    },
    {
      name: 'the bot leaves a group',
      body: member(2, 'left', { id: -100, type: 'group' }),
      events: [{ means: 'GONE', address: '-100' }],
    },
    { name: 'the bot is let in', body: member(3, 'member'), events: [{ means: null, address: null }] },
    { name: '/stop', body: written(4, '/stop'), events: [{ means: 'STOPPED', address: '1111', detail: null }] },
    { name: 'STOP', body: written(5, 'Stop!'), events: [{ means: 'STOPPED', address: '1111' }] },
    {
      name: '/start, with where from',
      body: written(6, '/start ref1'),
      events: [{ means: 'STARTED', address: '1111' }],
    },
    { name: 'what else is written', body: written(7, '/stopwatch'), events: [{ means: null, address: null }] },
    {
      name: 'STOP in a group',
      body: written(8, '/stop@tidings_bot', { id: -100, type: 'supergroup' }),
      events: [{ means: null }],
    },
    { name: 'what we do not know', body: '{"update_id":9,"poll":{"id":"x"}}', events: [{ type: 'poll', means: null }] },
  ],
  signsBody: false,
  believedForMs: null,
};
