import { Liquid } from 'liquidjs';
import { messageOf } from '../base/errors.js';
import type { Content } from '../channels/channel.js';
import type { TemplateContent } from '../store/templates.js';

/** Bounds on one rendering: source characters, milliseconds, and what it may allocate. */
const LIMITS = { parseLimit: 200_000, renderLimit: 500, memoryLimit: 20_000_000 } as const;

const OPTIONS = {
  ...LIMITS,
  strictVariables: true,
  strictFilters: true,
  ownPropertyOnly: true,
  // No files: `include`, `render` and `layout` find nothing.
  templates: {},
} as const;

const text = new Liquid(OPTIONS);
const html = new Liquid({ ...OPTIONS, outputEscape: 'escape' });

/**
 * A template that cannot be compiled or rendered, or words or a file that are gone; the text names the part, and for syntax
 * the place.
 */
export class RenderError extends Error {
  override readonly name = 'RenderError';
  constructor(
    message: string,
    readonly code: 'RENDER_ERROR' | 'ATTACHMENT_MISSING' | 'CONTENT_GONE' = 'RENDER_ERROR',
  ) {
    super(message);
  }
}

/** What a template can use: the caller's `data` at the top, the person under `recipient`. */
export type Variables = Readonly<Record<string, unknown>>;

/**
 * Renders one variant. Values are escaped in HTML, so that no data can close a tag; a missing variable is an error, never
 * an empty place. Throws RenderError.
 */
export async function renderContent(source: TemplateContent, variables: Variables): Promise<Content> {
  return {
    title: source.title === null ? null : oneLine(await run(text, 'title', source.title, variables)),
    body: await run(text, 'body', source.body, variables),
    html: source.html === null ? null : await run(html, 'html', source.html, variables),
    url: null,
    data: null,
  };
}

/** Problems of a variant's sources, by part; empty when all of them compile. */
export function syntaxProblems(source: TemplateContent): { part: 'title' | 'body' | 'html'; message: string }[] {
  return (['title', 'body', 'html'] as const).flatMap((part) => {
    const template = source[part];
    if (template === null) return [];
    try {
      text.parse(template);
      return [];
    } catch (error) {
      return [{ part, message: messageOf(error) }];
    }
  });
}

async function run(engine: Liquid, part: string, source: string, variables: Variables): Promise<string> {
  try {
    return String(await engine.parseAndRender(source, variables));
  } catch (error) {
    throw new RenderError(`${part}: ${messageOf(error)}`);
  }
}

/** A title becomes a header in e-mail: one line, whatever the data holds. */
function oneLine(title: string): string {
  return title.replace(/\s+/g, ' ').trim();
}
