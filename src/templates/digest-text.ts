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
/** Kinds with a heading of their own. */
const KINDS = 20;
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

/**
 * The words of a digest whose category names no template: plain English, each kind with its number. What is alone of its
 * kind is a line; kinds beyond the first ones, and items that are neither shown nor counted with their kind, are the rest.
 */
export function digestText({ count, groups, category }: DigestVariables): { title: string; body: string } {
  let text = `${counted(count)}.`;
  let rest = 0;
  let kinds = 0;
  let wasLine = false;
  for (const group of groups) {
    const isKind = group.count > 1 && (kinds += 1) <= KINDS;
    const block = isKind ? kindOf(group, groups.length === 1) : group.items.map((item) => `- ${lineOf(item, '')}`);
    rest += group.count - (isKind && saysAll(group) ? group.count : group.items.length);
    if (block.length > 0) text += `${wasLine && !isKind ? '\n' : '\n\n'}${block.join('\n')}`;
    if (block.length > 0) wasLine = !isKind;
  }
  if (rest > 0) text += `\n\nand ${rest.toLocaleString('en')} more`;
  return { title: `${counted(count)}: ${category}`, body: text };
}

/** A heading with the number, unless the title of the whole says it already, and the items that are shown. */
function kindOf(group: DigestGroup, isOnly: boolean): string[] {
  const heading = [group.title, isOnly ? '' : counted(group.count)].filter((part) => part !== '').join(': ');
  const lines = isSame(group) ? [] : group.items.map((item) => `- ${lineOf(item, group.title)}`);
  return [heading, ...lines].filter((line) => line !== '');
}

/** Where all say the same, and where none is shown, the number says it. */
function saysAll(group: DigestGroup): boolean {
  return isSame(group) || group.items.length === 0;
}

function isSame(group: DigestGroup): boolean {
  return group.title !== '' && group.items.every((item) => item.body.trim() === '');
}

function lineOf({ title, body, url }: Omit<DigestItem, 'group'>, common: string): string {
  const words = [title === common ? '' : title, body].filter((part) => part.trim() !== '').join(': ');
  const line = words.replace(/\s+/g, ' ').trim();
  const short = line.length > LINE_MAX ? `${line.slice(0, LINE_MAX - 1)}…` : line;
  return url === null ? short : `${short} ${url}`.trim();
}
