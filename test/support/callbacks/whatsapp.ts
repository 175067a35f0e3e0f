import { expect } from 'vitest';
import type { VendorCallbacks } from '../callback-contract.js';
import { call } from '../provider-contract.js';
import { signedByTwilio } from '../twilio-signer.js';

export const SECRETS = { accountSid: 'AC00000000000000000000000000000001', authToken: 'of-ana' };
export const SETTINGS = { from: '+15005550006' };
const { callbackUrl, attemptId } = call('WHATSAPP', '');
const URL_OF_ATTEMPT = `${callbackUrl}?attempt=${attemptId}`;
const status = (name: string, code = '') =>
  `ChannelToAddress=%2B1415555XXXX&ErrorCode=${code}&From=whatsapp%3A%2B15005550006&MessageSid=SM01` +
  `&MessageStatus=${name}&To=whatsapp%3A%2B14155550123`;

/** What Whatsapp posts. */
export const whatsappCallbacks: VendorCallbacks = {
  channel: 'WHATSAPP',
  settings: SETTINGS,
  credentials: SECRETS,
  name: 'whatsapp',
  signed: (body, now, url = URL_OF_ATTEMPT) =>
    signedByTwilio(body.toString('utf8'), { token: SECRETS.authToken, url, now }),
  query: (attempt) => `?attempt=${encodeURIComponent(attempt)}`,
  bodies: [
    { name: 'a reading', body: status('read'), events: [{ means: 'READ', attemptId, providerId: 'SM01' }] },
    {
      name: 'a number that is not on WhatsApp',
      body: status('failed', '63024'),
      events: [{ means: 'GONE', attemptId, address: '+14155550123', detail: 'error 63024' }],
    },
    {
      name: 'a message outside the window',
      body: status('failed', '63016'),
      events: [
        { means: 'REJECTED', attemptId, address: null, detail: expect.stringMatching(/63016.*contentSid/) as string },
      ],
    },
    {
      name: 'a STOP',
      body: 'Body=STOP&From=whatsapp%3A%2B14155550123&MessageSid=SM11&ProfileName=Ana&To=whatsapp%3A%2B15005550006',
      events: [{ means: 'STOPPED', address: '+14155550123' }],
    },
  ],
  signsBody: true,
  believedForMs: null,
};
