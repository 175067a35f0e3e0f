import type { CategoryClass, ChannelName } from '../base/names.js';
import type { CategoryPolicy, ConsentFact, PersonFact } from './facts.js';

/**
 * What a law wants before advertising goes: nothing but a way out; a consent; or two of them, to the advertising and to
 * being written to on the device. Least strict first.
 */
const NEEDS = ['OPT_OUT', 'OPT_IN', 'OPT_IN_TWICE'] as const;
type Need = (typeof NEEDS)[number];

/** All advertising, as a purpose of consent. */
export const ALL_MARKETING = 'MARKETING';
/** To be written to on this device at all, as a purpose of consent. */
export const DEVICE = 'DEVICE';

/** What a law says of advertising on some channels to people in some countries. */
export interface Law {
  readonly name: string;
  /** ISO 3166-1 alpha-2. */
  readonly countries: readonly string[];
  readonly channels: readonly ChannelName[];
  readonly need: Need;
  /** Consent counts for the purpose that it was given for alone: one to all advertising is none to a category. */
  readonly perPurpose: boolean;
  /** The sender's postal address has to stand in it. */
  readonly postalAddress: boolean;
  readonly source: string;
}

const EEA: readonly string[] = [
  ...['AT', 'BE', 'BG', 'HR', 'CY', 'CZ', 'DK', 'EE', 'FI', 'FR', 'DE', 'GR', 'HU', 'IE', 'IT', 'LV', 'LT', 'LU'],
  ...['MT', 'NL', 'PL', 'PT', 'RO', 'SK', 'SI', 'ES', 'SE', 'IS', 'LI', 'NO'],
];

const PHONE: readonly ChannelName[] = ['SMS', 'WHATSAPP'];
const PUSH: readonly ChannelName[] = ['WEB_PUSH', 'MOBILE_PUSH'];
const CHAT: readonly ChannelName[] = ['SLACK', 'TELEGRAM', 'DISCORD', 'TEAMS'];
/** All that goes to an address of a person. The inbox in one's own product and a webhook to a machine do not. */
const DIRECT: readonly ChannelName[] = ['EMAIL', ...PHONE, ...PUSH, ...CHAT];

/**
 * The laws that are modelled, a row each: another region is another row. States of the USA, soft opt-ins of existing
 * customers and numbers of companies are not. It is a table for machines and no legal advice.
 */
export const LAWS: readonly Law[] = [
  {
    name: 'CAN-SPAM',
    countries: ['US'],
    channels: ['EMAIL'],
    need: 'OPT_OUT',
    perPurpose: false,
    postalAddress: true,
    source: 'https://www.ecfr.gov/current/title-16/chapter-I/subchapter-C/part-316',
  },
  {
    name: 'TCPA',
    countries: ['US'],
    channels: PHONE,
    need: 'OPT_IN_TWICE',
    perPurpose: false,
    postalAddress: false,
    source: 'https://www.ecfr.gov/current/title-47/section-64.1200',
  },
  {
    name: 'CCPA/CPRA',
    countries: ['US'],
    channels: DIRECT,
    need: 'OPT_OUT',
    perPurpose: false,
    postalAddress: false,
    source: 'https://oag.ca.gov/privacy/ccpa',
  },
  {
    name: 'CASL',
    countries: ['CA'],
    channels: DIRECT,
    need: 'OPT_IN',
    perPurpose: false,
    postalAddress: true,
    source: 'https://laws-lois.justice.gc.ca/eng/acts/E-1.6/',
  },
  {
    name: 'GDPR',
    countries: EEA,
    channels: DIRECT,
    need: 'OPT_IN',
    perPurpose: true,
    postalAddress: false,
    source: 'https://eur-lex.europa.eu/eli/reg/2016/679/oj',
  },
  {
    name: 'ePrivacy Directive',
    countries: EEA,
    channels: DIRECT,
    need: 'OPT_IN',
    perPurpose: false,
    postalAddress: false,
    source: 'https://eur-lex.europa.eu/eli/dir/2002/58/oj',
  },
  {
    name: 'PECR',
    countries: ['GB'],
    channels: DIRECT,
    need: 'OPT_IN',
    perPurpose: false,
    postalAddress: false,
    source: 'https://www.legislation.gov.uk/uksi/2003/2426/regulation/22',
  },
  {
    name: 'UK DPA',
    countries: ['GB'],
    channels: DIRECT,
    need: 'OPT_IN',
    perPurpose: true,
    postalAddress: false,
    source: 'https://www.legislation.gov.uk/ukpga/2018/12/contents',
  },
];

/** What all laws of a place and a channel want together. */
export interface Demand {
  readonly laws: readonly Law[];
  /** They are not known to apply: nobody knows the country, or the table has nothing about it. */
  readonly isGuessed: boolean;
  readonly need: Need;
  readonly perPurpose: boolean;
  readonly postalAddress: boolean;
}

/**
 * The laws that hold for a class of notifications on a channel. Only advertising is ruled. Where the country is unknown, or
 * the table says nothing of it, all laws of the channel hold, so that the strictest wins.
 *
 * @param country ISO 3166-1 alpha-2; null: unknown
 */
export function lawsFor(
  country: string | null,
  channel: ChannelName,
  category: CategoryClass,
  table: readonly Law[] = LAWS,
): readonly Law[] {
  if (category !== 'MARKETING') return [];
  return table.filter((law) => law.channels.includes(channel) && (!isKnown(country, table) || rules(law, country)));
}

/** Acts that give people a right to see and to have deleted what is kept of them. */
const DATA_RIGHTS: ReadonlySet<string> = new Set(['CCPA/CPRA', 'GDPR', 'UK DPA']);

/**
 * The acts under which a person may see and erase; where nobody knows where the person is, all of them.
 *
 * @param country ISO 3166-1 alpha-2; null: unknown
 */
export function dataRightsIn(country: string | null, table: readonly Law[] = LAWS): readonly string[] {
  return table
    .filter((law) => DATA_RIGHTS.has(law.name) && (country === null || rules(law, country)))
    .map((law) => law.name);
}

/** What these laws want together: of each point the strictest. */
export function demandOf(
  country: string | null,
  channel: ChannelName,
  category: CategoryClass,
  table: readonly Law[] = LAWS,
): Demand {
  const laws = lawsFor(country, channel, category, table);
  return {
    laws,
    isGuessed: !isKnown(country, table),
    need: NEEDS.findLast((need) => laws.some((law) => law.need === need)) ?? 'OPT_OUT',
    perPurpose: laws.some((law) => law.perPurpose),
    postalAddress: laws.some((law) => law.postalAddress),
  };
}

function isKnown(country: string | null, table: readonly Law[]): country is string {
  return country !== null && table.some((law) => rules(law, country));
}

function rules(law: Law, country: string | null): boolean {
  return country !== null && law.countries.includes(country);
}

/** A consent that is missing or withdrawn, and the laws that want it; none: the person alone took it back. */
export interface MissingConsent {
  readonly purpose: string;
  readonly laws: readonly Law[];
}

/** Of a category and a person, what the laws look at. */
export interface LegalFacts {
  readonly category: Pick<CategoryPolicy, 'key' | 'class'>;
  readonly person: Pick<PersonFact, 'country' | 'consents'>;
}

/** The first consent that keeps advertising from a channel; null: nothing does. What was withdrawn always does. */
export function missingConsent(
  { category, person }: LegalFacts,
  channel: ChannelName,
  table: readonly Law[] = LAWS,
): MissingConsent | null {
  if (category.class !== 'MARKETING') return null;
  const { laws, need, perPurpose } = demandOf(person.country, channel, category.class, table);
  const latest = (purpose: string) => latestOf(person.consents, channel, purpose);
  const wanted = (least: Need) => laws.filter((law) => NEEDS.indexOf(law.need) >= NEEDS.indexOf(least));
  const [own, all, device] = [latest(category.key), latest(ALL_MARKETING), latest(DEVICE)];

  if (device?.state === 'WITHDRAWN') return { purpose: DEVICE, laws: wanted('OPT_IN_TWICE') };
  const isBack = own?.state === 'GRANTED' && (all === null || own.at > all.at);
  if (own?.state === 'WITHDRAWN') return { purpose: category.key, laws: wanted('OPT_IN') };
  if (all?.state === 'WITHDRAWN' && !isBack) return { purpose: ALL_MARKETING, laws: wanted('OPT_IN') };

  if (need === 'OPT_OUT') return null;
  const isGranted = own?.state === 'GRANTED' || (!perPurpose && all?.state === 'GRANTED');
  if (!isGranted) return { purpose: perPurpose ? category.key : ALL_MARKETING, laws: wanted('OPT_IN') };
  if (need === 'OPT_IN_TWICE' && device?.state !== 'GRANTED') return { purpose: DEVICE, laws: wanted('OPT_IN_TWICE') };
  return null;
}

/** The latest word; a question that is open takes nothing back and gives nothing. Null: none. */
export function latestOf(consents: readonly ConsentFact[], channel: ChannelName, purpose: string): ConsentFact | null {
  const said = consents.filter(
    (consent) => consent.channel === channel && consent.purpose === purpose && consent.state !== 'PENDING',
  );
  return said.reduce<ConsentFact | null>((last, one) => (last === null || one.at >= last.at ? one : last), null);
}
