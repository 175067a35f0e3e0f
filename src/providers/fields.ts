import { z } from 'zod';

/** An e-mail sender: `Tidings <hello@example.com>` or a bare address. */
export const senderField = z
  .string()
  .min(3)
  .max(320)
  .regex(/^[^\r\n]*@[^\r\n]*$/, 'expected an e-mail address, with a name or without')
  .describe('The sender: `Tidings <hello@example.com>` or a bare address.');

/** Another host that speaks the vendor's API. */
export const baseUrlField = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .optional()
  .describe('Another host that speaks the vendor’s API. Default: the vendor’s own.');

/** A secret of the vendor's making. */
export const secretField = (what: string) => z.string().min(1).max(1000).describe(what);
