import { describe, expect, it } from 'vitest';
import type { Content } from '../../src/channels/channel.js';
import { withLegalFooter } from '../../src/templates/legal-footer.js';

const said = (more: Partial<Content> = {}): Content => ({
  title: 'Sale',
  body: 'All shoes.',
  html: null,
  url: null,
  data: null,
  ...more,
});
const PLACE = 'Smith & Sons, 1 High Street';

describe('advertising', () => {
  it('by mail says that it is, and from where, in both texts', () => {
    const html = '<html><body><p>All shoes.</p></body></html>';
    const sent = withLegalFooter(said({ html }), 'EMAIL', PLACE);
    expect(sent.body).toBe(`All shoes.\n\n-- \nAdvertisement. ${PLACE}\n`);
    expect(sent.html).toBe(
      '<html><body><p>All shoes.</p><p>Advertisement. Smith &amp; Sons, 1 High Street</p>\n</body></html>',
    );
    expect(withLegalFooter(said({ html: '<p>All shoes.' }), 'EMAIL', PLACE).html).toContain('All shoes.\n<p>Adv');
  });

  it('by mail stays as it is where no address is set', () =>
    expect(withLegalFooter(said(), 'EMAIL', null)).toEqual(said()));

  it('by text says how to end it, once', () => {
    const sent = withLegalFooter(said(), 'SMS', PLACE);
    expect(sent.body).toBe('All shoes. Reply STOP to end.');
    expect(withLegalFooter(sent, 'SMS', PLACE)).toEqual(sent);
    const own = said({ body: 'Alle Schuhe. Ende mit STOP.' });
    expect(withLegalFooter(own, 'SMS', null)).toEqual(own);
  });

  it('elsewhere stays as it is', () => expect(withLegalFooter(said(), 'MOBILE_PUSH', PLACE)).toEqual(said()));
});
