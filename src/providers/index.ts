import { userError, type UserError } from '../base/errors.js';
import type { ChannelName } from '../base/names.js';
import type { Clock } from '../base/clock.js';
import type { Egress } from '../base/egress.js';
import type { IntegrationCheck } from '../channels/integration-check.js';
import type { Provider } from './provider.js';
import { apns } from './apns.js';
import { firebase } from './firebase.js';
import { sendgrid } from './sendgrid.js';
import { simulatorProvider, type SimulatorDesk } from './simulator.js';
import { smtp } from './smtp.js';
import { twilio } from './twilio.js';
import { webPush } from './web-push.js';

export type Providers = ReadonlyMap<string, Provider>;

/**
 * Every provider, by name. A new one is its file and its line here.
 *
 * @param egress where addresses may lead that are URLs
 */
export function providerRegistry(desk: SimulatorDesk, clock: Clock, egress: Egress): Providers {
  const all = [
    smtp(clock),
    sendgrid(clock),
    twilio(clock),
    firebase(clock),
    apns(clock),
    webPush(clock, egress),
    simulatorProvider(desk),
  ];
  return new Map(all.map((provider) => [provider.name, provider as Provider]));
}

/** How lost answers of a provider can be settled; unknown ones, not at all. */
export function settlingOf(providers: Providers, name: string) {
  return providers.get(name)?.settling ?? { keyMs: null, lookup: false, reports: false };
}

/** Checks an integration's settings and credentials against what its adapter declares. */
export function integrationCheck(providers: Providers): IntegrationCheck {
  const names = [...providers.keys()];
  return {
    providers: names,
    generate: (name) => (providers.get(name)?.generate?.() ?? null) as Record<string, unknown> | null,
    check(input) {
      const provider = providers.get(input.provider);
      if (!provider)
        return [
          userError(
            ['input', 'provider'],
            'UNKNOWN_PROVIDER',
            `"${input.provider}" given, expected one of ${names.join(', ')}`,
          ),
        ];
      return [...channelProblems(provider, input.channel), ...shapeProblems(provider, input)];
    },
  };
}

function channelProblems(provider: Provider, channel: ChannelName): UserError[] {
  if (provider.channels.includes(channel)) return [];
  const expected = provider.channels.join(', ');
  return [
    userError(['input', 'channel'], 'CHANNEL_NOT_SUPPORTED', `${provider.name} carries ${expected}, not ${channel}`),
  ];
}

function shapeProblems(provider: Provider, input: { settings: object; credentials: object }): UserError[] {
  return (['settings', 'credentials'] as const).flatMap((part) => {
    const parsed = provider[part].safeParse(input[part]);
    if (parsed.success) return [];
    return parsed.error.issues.map((issue) =>
      userError(
        ['input', part, ...issue.path.map(String)],
        `INVALID_${part.toUpperCase()}`,
        `${provider.name}: ${issue.message}`,
      ),
    );
  });
}
