import type { VendorCallbacks } from '../callback-contract.js';
import { brevoCallbacks } from './brevo.js';
import { mailgunCallbacks } from './mailgun.js';
import { postmarkCallbacks } from './postmark.js';
import { resendCallbacks } from './resend.js';
import { sendgridCallbacks } from './sendgrid.js';
import { sesCallbacks } from './ses.js';
import { slackCallbacks } from './slack.js';
import { telegramCallbacks } from './telegram.js';
import { twilioCallbacks } from './twilio.js';
import { vonageCallbacks } from './vonage.js';
import { whatsappCallbacks } from './whatsapp.js';

/** Every vendor that calls back. */
export const VENDORS: readonly VendorCallbacks[] = [
  brevoCallbacks,
  mailgunCallbacks,
  postmarkCallbacks,
  resendCallbacks,
  sendgridCallbacks,
  sesCallbacks,
  slackCallbacks,
  telegramCallbacks,
  twilioCallbacks,
  vonageCallbacks,
  whatsappCallbacks,
];
