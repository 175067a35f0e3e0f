import { CHANNELS, type ChannelName, type Platform } from '../base/names.js';
import type { Channel } from './channel.js';
import { discord } from './discord.js';
import { email } from './email.js';
import { inbox } from './inbox.js';
import { mobilePush } from './mobile-push.js';
import { slack } from './slack.js';
import { sms } from './sms.js';
import { teams } from './teams.js';
import { telegram } from './telegram.js';
import { webPush } from './web-push.js';
import { webhook } from './webhook.js';
import { whatsapp } from './whatsapp.js';

/** Every channel, by name. A new one is its file and its line here. */
export const CHANNEL_REGISTRY: Readonly<Record<ChannelName, Channel>> = {
  INBOX: inbox,
  EMAIL: email,
  SMS: sms,
  WEB_PUSH: webPush,
  MOBILE_PUSH: mobilePush,
  SLACK: slack,
  WHATSAPP: whatsapp,
  TELEGRAM: telegram,
  DISCORD: discord,
  TEAMS: teams,
  WEBHOOK: webhook,
};

/** What routing goes by, of every channel. */
export const CHANNEL_TRAITS = Object.fromEntries(
  CHANNELS.map((name) => {
    const { inApp, everyAddress = false, carriesFiles = false, addressNoun } = CHANNEL_REGISTRY[name];
    const { platforms = [], whereActive = false, placeNoun = 'any place that is known' } = CHANNEL_REGISTRY[name];
    return [name, { inApp, everyAddress, carriesFiles, addressNoun, platforms, whereActive, placeNoun }];
  }),
) as unknown as Readonly<Record<ChannelName, Traits>>;

interface Traits extends Pick<Channel, 'inApp' | 'addressNoun'> {
  readonly everyAddress: boolean;
  readonly carriesFiles: boolean;
  readonly platforms: readonly Platform[];
  readonly whereActive: boolean;
  readonly placeNoun: string;
}
