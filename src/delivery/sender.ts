import type { ChannelName } from '../base/names.js';
import type { Sender } from '../providers/provider.js';
import type { Situation } from '../recipients/facts.js';
import { chooseSender } from '../recipients/senders.js';
import type { Database } from '../store/database.js';
import type { KeptRows } from '../store/kept-rows.js';

export interface SenderContext {
  readonly database: Pick<Database, 'db'>;
  readonly kept: Pick<KeptRows, 'sendersOf'>;
}

/** Who an e-mail is from, by its class and brand; null: the integration's own sender, and on every other channel. */
export async function senderOf(
  { database, kept }: SenderContext,
  { send, facts }: Situation,
  channel: ChannelName,
): Promise<Sender | null> {
  if (channel !== 'EMAIL') return null;
  const senders = await kept.sendersOf(database.db, send.environment_id);
  const chosen = chooseSender(senders, facts.category.class, send.brand);
  return chosen && { from: chosen.address, replyTo: chosen.reply_to };
}
