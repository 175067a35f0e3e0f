import { CATEGORY_CLASSES } from '../base/names.js';
import type { Pace, ProviderCard } from '../channels/integration-check.js';

/** What the page needs of a provider besides its card. */
export interface Listed {
  readonly card: ProviderCard;
  /** Does an integration that is given no credentials get some of our making? */
  readonly makesCredentials: boolean;
}

/** The reference of all providers in Markdown: what each can do, what it reports, and what it must be told. */
export function providerReference(listed: readonly Listed[]): string {
  const cards = listed.map(({ card }) => card);
  return [
    '### What each can do',
    table(
      [
        'provider',
        'channels',
        'classes',
        'files',
        'at most',
        'knows repetitions',
        'can be asked',
        'untracked',
        'pace',
        'per 1,000',
      ],
      cards.map((card) => [
        nameOf(card),
        channelsOf(card),
        card.classes.length === CATEGORY_CLASSES.length ? 'all' : coded(card.classes),
        card.attachments === null ? '–' : { FIELDS: 'fields', MIME: 'MIME' }[card.attachments],
        card.payloadLimit === null ? '–' : sizeText(card.payloadLimit),
        card.idempotencyMs === null ? '–' : spanText(card.idempotencyMs),
        card.lookup ? 'yes' : '–',
        card.untracks ? 'yes' : '–',
        card.rateLimit === null ? '–' : paceText(card.rateLimit),
        card.costPer1000 === null ? '–' : card.costPer1000 === 0 ? 'free' : `$${card.costPer1000}`,
      ]),
    ),
    '### What each reports',
    table(
      ['provider', 'reports', 'proven by'],
      cards
        .filter(({ reports, proof }) => reports.length > 0 || proof !== null)
        .map((card) => [nameOf(card), coded(card.reports), card.proof ?? '–']),
    ),
    '### What each must be told',
    ...listed.map(needs),
  ].join('\n\n');
}

const BEGIN = '<!-- made by npm run providers -->';
const END = '<!-- end -->';

/** The page with `made` between its two marks; null when it does not have them, in this order. */
export function withMade(page: string, made: string): string | null {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END, begin);
  if (begin < 0 || end < 0) return null;
  return `${page.slice(0, begin + BEGIN.length)}\n\n${made}\n\n${page.slice(end)}`;
}

function needs({ card, makesCredentials }: Listed): string {
  const made = makesCredentials ? 'Without any, it makes its own.' : '';
  return [
    `#### ${card.name}`,
    `[${card.title}](${card.docs.replace(/^\/docs\//, '')}).${card.service === null ? '' : ` Takes tokens of \`${card.service}\` alone.`}`,
    [...fields('settings', card.settings), ...fields('credentials', card.credentials, made)].join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** A property in a JSON Schema, as far as it is read here. */
interface Property {
  readonly description?: string;
  readonly default?: unknown;
}

/** Its description, and its default where that does not say it. */
function describe({ description = '', default: usual }: Property): string {
  const isSaid = usual === undefined || /default/i.test(description);
  return isSaid ? description : `${description} Default: \`${JSON.stringify(usual)}\`.`;
}

/** What a JSON Schema of an object says of each of its properties, as a list. */
function fields(part: string, schema: Record<string, unknown>, more = ''): string[] {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Property>);
  if (properties.length === 0) return [];
  const required = new Set((schema['required'] ?? []) as string[]);
  return [
    `- \`${part}\`${more === '' ? '' : `. ${more}`}`,
    ...properties.map(([name, property]) => {
      const needed = required.has(name) ? ', required' : '';
      return `  - \`${name}\`${needed}: ${describe(property)}`;
    }),
  ];
}

function nameOf({ name }: ProviderCard): string {
  return `[\`${name}\`](#${name})`;
}

/** The simulator stands in for everybody; naming all channels would say less. */
function channelsOf({ channels, service }: ProviderCard): string {
  const tokens = service === null ? '' : ` (\`${service}\`)`;
  return `${channels.length > MANY ? 'all but `INBOX`' : coded(channels)}${tokens}`;
}

const MANY = 3;

function coded(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

/** Megabytes as vendors count them where it is whole ones, else bytes. */
export function sizeText(bytes: number): string {
  return bytes >= 1_000_000 && bytes % 100_000 === 0 ? `${bytes / 1_000_000} MB` : `${grouped(bytes)} bytes`;
}

const UNITS = [
  ['day', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** A span in the largest unit that it is whole in. */
export function spanText(ms: number): string {
  const [unit, length] = UNITS.find(([, one]) => ms >= one && ms % one === 0) ?? ['ms', 1];
  const count = ms / length;
  return `${grouped(count)} ${unit === 'day' && count !== 1 ? 'days' : unit}`;
}

function paceText({ count, periodMs }: Pace): string {
  return periodMs === 1000 ? `${grouped(count)} a second` : `${grouped(count)} in ${spanText(periodMs)}`;
}

function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
