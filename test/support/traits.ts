import { CATEGORY_CLASSES } from '../../src/base/names.js';
import type { Traits } from '../../src/providers/provider.js';

/** A vendor that minds nothing. */
export const PLAIN_TRAITS: Traits = {
  title: 'Plain',
  docs: 'https://example.com/docs',
  classes: CATEGORY_CLASSES,
  attachments: null,
  payloadLimit: null,
  rateLimit: null,
  reports: [],
  proof: null,
  costPer1000: null,
  service: null,
};
