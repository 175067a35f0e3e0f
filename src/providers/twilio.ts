import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import { baseUrlField } from './fields.js';
import { plainText } from './plain-text.js';
import { ANY_CLASS, type Carrier, type Provider } from './provider.js';
import { readTwilio } from './twilio-callbacks.js';
import { createMessage, loadTwilio, twilioCredentials, type Codes, type TwilioCredentials } from './twilio-messages.js';

const settings = z.strictObject({
  from: z
    .string()
    .min(1)
    .max(64)
    .describe('The sending number in international form, or a messaging service’s SID: `MG…`.'),
  baseUrl: baseUrlField,
});

type Settings = z.infer<typeof settings>;

/** Codes of text messages. An opt-out (21610) is about this sender: the phone lives. */
const CODES: Codes = {
  21211: { kind: 'rejected' },
  21408: { kind: 'misconfigured' },
  21606: { kind: 'misconfigured' },
  21610: { kind: 'rejected' },
  21612: { kind: 'rejected' },
  21614: { kind: 'gone' },
  21635: { kind: 'gone' },
};

/** SMS over Twilio's Messages API, by its own SDK. */
export function twilio(clock: Clock): Provider<Settings, TwilioCredentials> {
  return {
    name: 'twilio',
    channels: ['SMS'],
    traits: {
      title: 'Twilio',
      docs: 'https://www.twilio.com/docs/messaging/api/message-resource',
      classes: ANY_CLASS,
      attachments: null,
      payloadLimit: null,
      rateLimit: null,
      reports: ['ACCEPTED', 'DELIVERED', 'SOFT_BOUNCED', 'BOUNCED', 'REJECTED', 'STOPPED', 'STARTED'],
      proof: 'X-Twilio-Signature: HMAC-SHA1 of URL and body with the auth token',
      costPer1000: null,
      service: null,
    },
    settings,
    credentials: twilioCredentials,
    settling: { keyMs: null, lookup: false, reports: true },
    hears: (_settings, _credentials, publicUrl) => publicUrl !== null,
    open: ({ from, baseUrl }, secrets) =>
      ({
        prepare: loadTwilio,
        send: (call, signal) => {
          const sender = from.startsWith('MG') ? { messagingServiceSid: from } : { from };
          const message = { to: call.address, body: plainText(call.content), ...sender };
          return createMessage({ secrets, baseUrl, codes: CODES, clock }, call, message, signal);
        },
      }) satisfies Carrier,
    read: (callback, _settings, { authToken }) => readTwilio(callback, authToken),
  };
}
