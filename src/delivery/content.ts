import type { ChannelName } from '../base/names.js';
import type { Content } from '../channels/channel.js';
import type { Situation } from '../recipients/facts.js';
import type { Db } from '../store/database.js';
import { findTemplateContents, type TemplateContent } from '../store/templates.js';
import { chooseContent } from '../templates/choose.js';
import { renderContent, RenderError } from '../templates/render.js';

const CACHE_MAX = 500;

/** What a notification says on a channel. Published versions never change, so they are kept. */
export class Contents {
  private readonly cache = new Map<string, Promise<TemplateContent[] | undefined>>();

  constructor(private readonly db: Db) {}

  /** Throws RenderError when there is nothing for this channel, or the data does not fit. */
  async render(situation: Situation, channel: ChannelName): Promise<Content> {
    const { send, row } = situation;
    if (send.content) return { ...send.content, html: null };
    const contents = await this.load(send.environment_id, send.template_key ?? '', send.template_version ?? 0);
    const variant = chooseContent(contents ?? [], channel, row.locale);
    if (!variant) throw new RenderError(`template "${send.template_key}" has no content for ${channel}`);
    const recipient = {
      externalId: row.externalId,
      name: row.recipientName,
      locale: row.locale,
      attributes: row.attributes,
    };
    return renderContent(variant, { ...send.data, recipient });
  }

  private load(environmentId: string, key: string, version: number): Promise<TemplateContent[] | undefined> {
    const name = `${environmentId}:${key}:${version}`;
    const known = this.cache.get(name);
    if (known) return known;
    const loading = findTemplateContents(this.db, environmentId, key, version);
    this.cache.set(name, loading);
    loading.catch(() => this.cache.delete(name));
    const oldest = this.cache.keys().next().value;
    if (this.cache.size > CACHE_MAX && oldest !== undefined) this.cache.delete(oldest);
    return loading;
  }
}
