import { NOON } from '../arbitraries.js';
import type { VendorCallbacks } from '../callback-contract.js';
import { call } from '../provider-contract.js';
import { signedByTwilio } from '../twilio-signer.js';

export const SECRETS = { accountSid: 'AC00000000000000000000000000000001', authToken: 'of-ana' };
export const { callbackUrl, attemptId } = call('SMS', '');
export const URL_OF_ATTEMPT = `${callbackUrl}?attempt=${attemptId}`;
export const status = (name: string, code?: number): string =>
  `AccountSid=${SECRETS.accountSid}&ErrorCode=${code ?? ''}&From=%2B15005550006&MessageSid=SM01&MessageStatus=${name}` +
  `&SmsSid=SM01&SmsStatus=${name}&To=%2B14155550123`;
const incoming = (sid: string, text: string, more = ''): string =>
  `Body=${encodeURIComponent(text)}&From=%2B14155550123&MessageSid=${sid}&NumMedia=0&SmsStatus=received&To=%2B15005550006${more}`;

/** What Twilio posts. */
export const twilioCallbacks: VendorCallbacks = {
  channel: 'SMS',
  settings: { from: '+15005550006' },
  credentials: SECRETS,
  name: 'twilio',
  signed: (body, now, url = URL_OF_ATTEMPT) =>
    signedByTwilio(body.toString('utf8'), { token: SECRETS.authToken, url, now }),
  query: (attempt) => `?attempt=${encodeURIComponent(attempt)}`,
  bodies: [
    {
      name: 'a delivery',
      body: status('delivered'),
      events: [{ type: 'delivered', means: 'DELIVERED', attemptId, providerId: 'SM01', at: NOON, detail: null }],
    },
    {
      name: 'a failure of the carrier',
      body: status('undelivered', 30008),
      events: [{ type: 'undelivered', means: 'SOFT_BOUNCED', attemptId, detail: 'error 30008' }],
    },
    {
      name: 'a STOP',
      body: incoming('SM11', 'Stop.'),
      events: [{ means: 'STOPPED', address: '+14155550123', attemptId: null, providerId: null, detail: null }],
    },
    {
      name: 'a word that the account takes for a STOP',
      body: incoming('SM12', 'Arrêt', '&OptOutType=STOP'),
      events: [{ means: 'STOPPED', type: 'incoming STOP', address: '+14155550123' }],
    },
    {
      name: 'a START',
      body: incoming('SM13', 'start'),
      events: [{ means: 'STARTED', address: '+14155550123' }],
    },
    {
      name: 'what else a person writes, in any letters, with names that come twice',
      body: incoming('SM14', 'Děkuji & 再见 🐎 100 %+', '&Media=b&Media=a&Media=b'),
      events: [{ means: null, address: '+14155550123' }],
    },
  ],
  signsBody: true,
  believedForMs: null,
};
