import type { AttachmentShelf } from '../attachments/shelf.js';
import { AttachmentMissing } from '../attachments/store.js';
import type { ChannelName } from '../base/names.js';
import type { Attachment, Content } from '../channels/channel.js';
import type { Situation } from '../recipients/facts.js';
import type { SendAttachment } from '../store/attachments.js';
import type { Db } from '../store/database.js';
import { findTemplateContents, type TemplateContent } from '../store/templates.js';
import { chooseContent } from '../templates/choose.js';
import { withLegalFooter } from '../templates/legal-footer.js';
import { renderContent, RenderError } from '../templates/render.js';

const CACHE_MAX = 500;

/** Channels that files go with; the others do without. */
const WITH_FILES: ReadonlySet<ChannelName> = new Set<ChannelName>(['EMAIL']);

/** What a notification says on a channel. Published versions never change, so they are kept. */
export class Contents {
  private readonly cache = new Map<string, Promise<TemplateContent[] | undefined>>();

  constructor(
    private readonly db: Db,
    private readonly shelf: Pick<AttachmentShelf, 'load'>,
  ) {}

  /**
   * Throws RenderError when there is nothing for this channel, the data does not fit, or words or a file are gone;
   * StoreUnavailable when files cannot be read now.
   */
  async render(situation: Situation, channel: ChannelName): Promise<Content> {
    const said = await this.words(situation, channel);
    const { category, postalAddress } = situation.facts;
    const content = category.class === 'MARKETING' ? withLegalFooter(said, channel, postalAddress) : said;
    const { attachments, environment_id: environmentId } = situation.send;
    if (!attachments || !WITH_FILES.has(channel)) return content;
    return { ...content, attachments: await this.files(environmentId, attachments) };
  }

  private async files(environmentId: string, files: readonly SendAttachment[]): Promise<Attachment[]> {
    try {
      return await this.shelf.load(environmentId, files);
    } catch (error) {
      if (!(error instanceof AttachmentMissing)) throw error;
      const names = files.map((file) => file.filename).join(', ');
      throw new RenderError(`of its attachments (${names}) one is not in the store any more`, 'ATTACHMENT_MISSING');
    }
  }

  private async words({ send, row }: Situation, channel: ChannelName): Promise<Content> {
    if (send.content_gone_at !== null)
      throw new RenderError('what it said was not kept: its time was over (see retention)', 'CONTENT_GONE');
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
