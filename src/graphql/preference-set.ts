import { Field, ObjectType } from 'type-graphql';
import { instant } from '../base/clock.js';
import { WEEKDAYS, type Cadence, type ChannelName, type Level, type Weekday } from '../base/names.js';
import { shownAddress } from '../channels/shown-address.js';
import type { CellSource } from '../recipients/person.js';
import type { Preferences } from '../recipients/preferences.js';
import { CategoryType, toCategory } from './categories.js';
import type { GraphContext } from './context.js';
import { ChannelEnum } from './enums.js';
import { FrequencyCapType, toFrequencyCap } from './frequency-caps.js';
import { CadenceEnum, LevelEnum, PreferenceSourceEnum, WeekdayEnum } from './preference-enums.js';
import { RecipientType, toRecipient } from './recipients.js';
import { DateTime } from './scalars.js';
import { SectionType, toSection } from './sections.js';

@ObjectType('PreferenceRule', { description: 'Whether, and how often, one category may use one channel.' })
class PreferenceRuleType {
  @Field(() => CategoryType, { description: 'Of what.' })
  category!: CategoryType;
  @Field(() => ChannelEnum, { description: 'On which channel.' })
  channel!: ChannelName;
  @Field(() => Boolean, { description: 'The person’s choice, or the default.' })
  enabled!: boolean;
  @Field(() => CadenceEnum, { description: 'How often; the person’s choice, or the default.' })
  cadence!: Cadence;
  @Field(() => Boolean, { description: 'False where the operator leaves no choice.' })
  editable!: boolean;
  @Field(() => PreferenceSourceEnum, { description: 'Who said whether it is on.' })
  source!: CellSource;
  @Field(() => Boolean, {
    description:
      'True of advertising that the law where the person is lets through only with a consent that is not on record, or that was withdrawn: nothing goes, whatever `enabled` says. `recordConsent` records it, and so does the page of preferences.',
  })
  needsConsent!: boolean;
}

@ObjectType('AddressChoice', { description: 'Which of a person’s addresses a category uses on a channel.' })
class AddressChoiceType {
  @Field(() => ChannelEnum, { description: 'The channel.' })
  channel!: ChannelName;
  @Field(() => String, { description: 'The address; of one that is a secret, the host alone.' })
  address!: string;
}

@ObjectType('CategoryPreference', { description: 'Everything that a person can choose for one category.' })
class CategoryPreferenceType {
  @Field(() => CategoryType, { description: 'The category.' })
  category!: CategoryType;
  @Field(() => [PreferenceRuleType], { description: 'Its channels.' })
  rules!: PreferenceRuleType[];
  @Field(() => [ChannelEnum], {
    nullable: true,
    description: 'Channels that the person chose for it, in order; null: the category’s own.',
  })
  channels!: readonly ChannelName[] | null;
  @Field(() => DateTime, { nullable: true, description: 'It rests until then; null: it does not.' })
  pausedUntil!: Date | null;
  @Field(() => [AddressChoiceType], { description: 'Which of several addresses; a channel that is missing uses all.' })
  addresses!: AddressChoiceType[];
}

@ObjectType('PreferenceSection', { description: 'Categories under one heading.' })
class PreferenceSectionType {
  @Field(() => SectionType, {
    nullable: true,
    description: 'The heading; null: of categories without one, at the end.',
  })
  section!: SectionType | null;
  @Field(() => [CategoryPreferenceType], { description: 'Its categories, by key.' })
  categories!: CategoryPreferenceType[];
}

@ObjectType('QuietHours', { description: 'When the person wants peace, in their time zone: what is not urgent waits.' })
class QuietHoursType {
  @Field(() => String, { description: 'When it begins, like `22:00`.' })
  start!: string;
  @Field(() => String, { description: 'When it ends; earlier than the start: on the next day.' })
  end!: string;
  @Field(() => [WeekdayEnum], { description: 'Days on which it begins.' })
  days!: readonly Weekday[];
}

@ObjectType('Delegate', { description: 'Who has a person’s notifications meanwhile. SECURITY stays with the person.' })
class DelegateType {
  @Field(() => RecipientType, {
    description: 'The colleague. With a recipient token: name and ids alone.',
  })
  recipient!: RecipientType;
  @Field(() => DateTime, { description: 'Until when.' })
  until!: Date;
  @Field(() => [String], { nullable: true, description: 'Of these categories, by key; null: of all.' })
  categories!: readonly string[] | null;
}

@ObjectType('Redirect', { description: 'An address that stands in for the person’s own. SECURITY keeps the own ones.' })
class RedirectType {
  @Field(() => ChannelEnum, { description: 'On which channel.' })
  channel!: ChannelName;
  @Field(() => String, { description: 'The address; of one that is a secret, the host alone.' })
  address!: string;
  @Field(() => DateTime, { description: 'Until when.' })
  until!: Date;
}

@ObjectType('PreferenceSet', { description: 'Everything that a person can choose.' })
export class PreferenceSet {
  @Field(() => [PreferenceRuleType], { description: 'Every category and channel, in their order.' })
  rules!: PreferenceRuleType[];
  @Field(() => [CategoryPreferenceType], { description: 'The same by category, with what else was chosen for it.' })
  categories!: CategoryPreferenceType[];
  @Field(() => [PreferenceSectionType], { description: 'The categories under their headings, for display.' })
  sections!: PreferenceSectionType[];
  @Field(() => LevelEnum, { description: 'How much the person wants at all.' })
  level!: Level;
  @Field(() => [ChannelEnum], { description: 'Whole channels that are off.' })
  channelsOff!: readonly ChannelName[];
  @Field(() => QuietHoursType, { nullable: true, description: 'When the person wants peace; null: never.' })
  quietHours!: QuietHoursType | null;
  @Field(() => DateTime, { nullable: true, description: 'Everything rests until then; null: it does not.' })
  pausedUntil!: Date | null;
  @Field(() => DelegateType, { nullable: true, description: 'Who has it meanwhile; null: the person.' })
  delegate!: DelegateType | null;
  @Field(() => [RedirectType], { description: 'Addresses that stand in for a time.' })
  redirects!: RedirectType[];
  @Field(() => [FrequencyCapType], { description: 'How many are enough.' })
  caps!: FrequencyCapType[];
  @Field(() => Boolean, { description: 'The person does not want their data sold or shared (CCPA).' })
  doNotSell!: boolean;
  @Field(() => Boolean, { description: 'The person wants sensitive data used for what is necessary alone (CPRA).' })
  limitUse!: boolean;
}

/** Preferences as the API shows them: what has ended is gone. */
export async function toPreferenceSet(preferences: Preferences, context: GraphContext): Promise<PreferenceSet> {
  const { profile, sections } = preferences;
  const now = context.services.clock.now();
  const shown = new Map(preferences.categories.map((row) => [row.key, toCategory(row)]));
  const ahead = (until: string | undefined): Date | null => {
    const at = until === undefined ? null : instant(until);
    return at !== null && at > now ? at : null;
  };
  const rules = preferences.rules.map((rule) => ({
    ...rule,
    category: shown.get(rule.category.key) as CategoryType,
    needsConsent: rule.consentGap !== null,
  }));
  const byCategory = Map.groupBy(rules, (rule) => rule.category.key);
  const categories = [...shown].map(([key, category]): CategoryPreferenceType => {
    const choice = profile.categories?.[key];
    return {
      category,
      rules: byCategory.get(key) ?? [],
      channels: choice?.channels ?? null,
      pausedUntil: ahead(choice?.pausedUntil),
      addresses: Object.entries(choice?.addresses ?? {}).map(([name, address]) => {
        const channel = name as ChannelName;
        return { channel, address: shownAddress(channel, address) };
      }),
    };
  });
  const { quietHours } = profile;
  return {
    rules,
    categories,
    sections: underHeadings(categories, sections.map(toSection)),
    level: profile.level ?? 'EVERYTHING',
    channelsOff: profile.channelsOff ?? [],
    quietHours: quietHours ? { ...quietHours, days: quietHours.days.length === 0 ? WEEKDAYS : quietHours.days } : null,
    pausedUntil: ahead(profile.pausedUntil),
    delegate: await toDelegate(profile.delegate, ahead, context),
    redirects: (profile.redirects ?? []).flatMap(({ channel, address, until }) => {
      const end = ahead(until);
      return end === null ? [] : [{ channel, address: shownAddress(channel, address), until: end }];
    }),
    caps: (profile.caps ?? []).map(toFrequencyCap),
    doNotSell: profile.doNotSell ?? false,
    limitUse: profile.limitUse ?? false,
  };
}

function underHeadings(
  categories: readonly CategoryPreferenceType[],
  sections: readonly SectionType[],
): PreferenceSectionType[] {
  const known = new Set(sections.map((section) => section.key));
  const groups = Map.groupBy(categories, ({ category }) =>
    category.section !== null && known.has(category.section) ? category.section : null,
  );
  return [...sections, null].flatMap((section) => {
    const group = groups.get(section?.key ?? null);
    return group ? [{ section, categories: group }] : [];
  });
}

async function toDelegate(
  delegate: Preferences['profile']['delegate'],
  ahead: (until: string | undefined) => Date | null,
  context: GraphContext,
): Promise<DelegateType | null> {
  const until = ahead(delegate?.until);
  if (!delegate || until === null) return null;
  const row = await context.loaders.recipient.add(delegate.recipientId);
  if (!row) return null;
  const recipient = toRecipient(context.caller?.kind === 'recipient' ? nameAlone(row) : row);
  return { recipient, until, categories: delegate.categories ?? null };
}

/** What one person may read of another. */
function nameAlone({ id, externalId, name }: Parameters<typeof toRecipient>[0]): Parameters<typeof toRecipient>[0] {
  return {
    id,
    externalId,
    name,
    email: null,
    phone: null,
    locale: null,
    timeZone: null,
    country: null,
    attributes: {},
  };
}
