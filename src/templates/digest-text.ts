/** One thing that a digest stands for. */
export interface DigestItem {
  readonly title: string;
  readonly body: string;
  readonly url: string | null;
  readonly data: Record<string, unknown> | null;
  readonly at: Date;
  /** What it is one of several of: its template, or its own title. */
  readonly group: string;
}

/** Items of the same kind. */
export interface DigestGroup {
  /** What its items have in common; empty: their titles differ. */
  readonly title: string;
  readonly count: number;
  /** Those of it that are shown. */
  readonly items: readonly Omit<DigestItem, 'group'>[];
}

/** What a digest's template can use, besides the person. */
export interface DigestVariables {
  readonly [name: string]: unknown;
  /** All items, also those that are not shown. */
  readonly count: number;
  /** The first ones, oldest first. */
  readonly items: readonly Omit<DigestItem, 'group'>[];
  /** In the order in which the first of each came. */
  readonly groups: readonly DigestGroup[];
  /** Items that are not shown. */
  readonly more: number;
  /** Name of the category. */
  readonly category: string;
}

/** Items shown one by one where the category does not say. */
export const SHOWN = 10;
/** A line of a digest is a line. */
const LINE_MAX = 200;
/** Of each body that goes into the data. */
const BODY_MAX = 2_000;

const plurals = new Intl.PluralRules('en');
const FORMS: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'new notification' };

/** "1 new notification", "20 new notifications". */
function counted(count: number): string {
  return `${count.toLocaleString('en')} ${FORMS[plurals.select(count)] ?? 'new notifications'}`;
}

/** Items grouped and counted. */
export function digestVariables(all: readonly DigestItem[], category: string, shown = SHOWN): DigestVariables {
  const first = new Set(all.slice(0, shown));
  const groups = [...Map.groupBy(all, (item) => item.group).values()].map((items): DigestGroup => {
    const title = items[0]?.title ?? '';
    return {
      title: items.every((item) => item.title === title) ? title : '',
      count: items.length,
      items: items.filter((item) => first.has(item)).map(shownItem),
    };
  });
  const items = [...first].map(shownItem);
  return { count: all.length, items, groups, more: all.length - items.length, category };
}

function shownItem({ group: _group, ...item }: DigestItem): Omit<DigestItem, 'group'> {
  return { ...item, body: item.body.slice(0, BODY_MAX) };
}

/** The words of a digest whose category names no template: plain English, each kind with its number. */
export function digestText({ count, groups, more, category }: DigestVariables): { title: string; body: string } {
  const blocks = groups.map((group) => {
    const heading = [group.title, groups.length === 1 ? '' : counted(group.count)].filter((part) => part !== '');
    const lines = group.items.map((item) => `- ${lineOf(item, group.title)}`);
    // Where all say the same, the number says it.
    const isSame = group.title !== '' && group.items.every((item) => item.body.trim() === '');
    return [heading.join(': '), ...(isSame ? [] : lines)].filter((line) => line !== '').join('\n');
  });
  const rest = more > 0 ? [`and ${more.toLocaleString('en')} more`] : [];
  return { title: `${counted(count)}: ${category}`, body: [`${counted(count)}.`, ...blocks, ...rest].join('\n\n') };
}

function lineOf({ title, body, url }: Omit<DigestItem, 'group'>, common: string): string {
  const words = [title === common ? '' : title, body].filter((part) => part.trim() !== '').join(': ');
  const line = words.replace(/\s+/g, ' ').trim();
  const short = line.length > LINE_MAX ? `${line.slice(0, LINE_MAX - 1)}…` : line;
  return url === null ? short : `${short} ${url}`.trim();
}
