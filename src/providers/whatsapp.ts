import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import { baseUrlField } from './fields.js';
import { plainText } from './plain-text.js';
import { ANY_CLASS, type Call, type Carrier, type Provider } from './provider.js';
import { readTwilio } from './twilio-callbacks.js';
import {
  createMessage,
  loadTwilio,
  twilioCredentials,
  type Codes,
  type TwilioCredentials,
  type TwilioMessage,
} from './twilio-messages.js';

const settings = z.strictObject({
  from: z
    .string()
    .regex(/^\+\d{5,15}$/, 'expected a phone number in international form, like +14155550123')
    .describe('The WhatsApp sender’s number in international form.'),
  contentSid: z
    .string()
    .regex(/^HX[0-9a-fA-F]{32}$/, 'expected the SID of a content template: HX and 32 hexadecimal digits')
    .optional()
    .describe(
      'An approved template (`HX…`) with the variables 1 (title), 2 (text) and 3 (link, `-` for none). Without it only people who wrote within 24 hours are reached.',
    ),
  baseUrl: baseUrlField,
});

type Settings = z.infer<typeof settings>;

/** Codes of WhatsApp (twilio.com/docs/api/errors/63xxx). Most come later, in a callback. */
const CODES: Codes = {
  21211: { kind: 'rejected' },
  21610: { kind: 'rejected' },
  21617: { kind: 'rejected' },
  63001: { kind: 'misconfigured' },
  63002: { kind: 'misconfigured' },
  /** Nobody of this number is on WhatsApp. */
  63003: { kind: 'gone' },
  63007: { kind: 'misconfigured' },
  /** A sandbox reaches those alone who joined it. */
  63015: { kind: 'rejected' },
  /** Outside the 24 hours after the person wrote: a template would have been needed. */
  63016: { kind: 'rejected' },
  63018: { kind: 'retry', retryAt: null, rateLimited: true },
  63020: { kind: 'misconfigured' },
  63024: { kind: 'gone' },
  /** The template: no such language, other variables, paused, disabled. */
  63027: { kind: 'misconfigured' },
  63028: { kind: 'misconfigured' },
  63041: { kind: 'misconfigured' },
  63042: { kind: 'misconfigured' },
};

/** WhatsApp over Twilio's Messages API. */
export function whatsapp(clock: Clock): Provider<Settings, TwilioCredentials> {
  return {
    name: 'whatsapp',
    channels: ['WHATSAPP'],
    traits: {
      title: 'WhatsApp over Twilio',
      docs: 'https://www.twilio.com/docs/whatsapp/api',
      classes: ANY_CLASS,
      attachments: null,
      payloadLimit: null,
      rateLimit: { count: 80, periodMs: 1000 },
      reports: [
        ...(['ACCEPTED', 'DELIVERED', 'READ', 'SOFT_BOUNCED', 'BOUNCED', 'REJECTED'] as const),
        ...(['GONE', 'STOPPED', 'STARTED'] as const),
      ],
      proof: 'X-Twilio-Signature: HMAC-SHA1 of URL and body with the auth token',
      costPer1000: null,
      service: null,
    },
    settings,
    credentials: twilioCredentials,
    settling: { keyMs: null, lookup: false, reports: true },
    hears: (_settings, _credentials, publicUrl) => publicUrl !== null,
    open: (config, secrets) =>
      ({
        prepare: loadTwilio,
        async send(call, signal) {
          const desk = { secrets, baseUrl: config.baseUrl, codes: CODES, clock };
          const answer = await createMessage(desk, call, messageOf(config, call), signal);
          return answer.code === '63016' ? { ...answer, detail: OUTSIDE_WINDOW } : answer;
        },
      }) satisfies Carrier,
    read: (callback, _settings, { authToken }) => readTwilio(callback, authToken),
  };
}

const OUTSIDE_WINDOW =
  'the person has not written within 24 hours: WhatsApp then takes templates alone, set contentSid to one (63016)';

function messageOf({ from, contentSid }: Settings, call: Call): TwilioMessage {
  const ends = { to: `whatsapp:${call.address}`, from: `whatsapp:${from}` };
  if (contentSid === undefined) return { ...ends, body: plainText(call.content) };
  const { title, body, url } = call.content;
  const contentVariables = JSON.stringify({ 1: variable(title), 2: variable(body), 3: variable(url) });
  return { ...ends, contentSid, contentVariables };
}

/** WhatsApp takes no variable that is empty or has a line break. */
function variable(text: string | null): string {
  return text?.replace(/\s+/g, ' ').trim() || '-';
}
