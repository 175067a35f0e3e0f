import { z } from 'zod';
import type { Channel } from './channel.js';

/** 64 before the @ and 254 in all: RFC 5321 §4.5.3.1. */
const LOCAL_MAX = 64;
const address = z.email({ pattern: z.regexes.html5Email }).max(254);

export const email: Channel = {
  name: 'EMAIL',
  inApp: false,
  carriesFiles: true,
  addressNoun: 'e-mail address',
  parseAddress(input) {
    const parsed = address.safeParse(input.trim());
    const valid =
      parsed.success && parsed.data.indexOf('@') <= LOCAL_MAX && parsed.data.includes('.', parsed.data.indexOf('@'));
    return valid ? { address: parsed.data } : { problem: 'expected an e-mail address like ana@example.com' };
  },
};
