import { userError, type UserError } from '../base/errors.js';
import type { CategoryClass, ChannelName } from '../base/names.js';
import type { Clock } from '../base/clock.js';
import type { Egress } from '../base/egress.js';
import { z } from 'zod';
import type { IntegrationCheck, ProviderCard } from '../channels/integration-check.js';
import { mailgun } from './mailgun.js';
import { postmark } from './postmark.js';
import type { Provider } from './provider.js';
import { brevo } from './brevo.js';
import { discord } from './discord.js';
import { resend } from './resend.js';
import { apns } from './apns.js';
import { firebase } from './firebase.js';
import { sendgrid } from './sendgrid.js';
import { ses } from './ses.js';
import { simulatorProvider, type SimulatorDesk } from './simulator.js';
import type { FetchCertificate } from './sns.js';
import { slack } from './slack.js';
import { smtp } from './smtp.js';
import { teams } from './teams.js';
import { telegram } from './telegram.js';
import { twilio } from './twilio.js';
import { vonage } from './vonage.js';
import { webhook } from './webhook.js';
import { whatsapp } from './whatsapp.js';
import { webPush } from './web-push.js';

export type Providers = ReadonlyMap<string, Provider>;

/**
 * Every provider, by name. A new one is its file and its line here.
 *
 * @param egress where addresses may lead that are URLs
 * @param fetchCertificate where the certificates that SNS signs with come from, in tests
 */
export function providerRegistry(
  desk: SimulatorDesk,
  clock: Clock,
  egress: Egress,
  fetchCertificate?: FetchCertificate,
): Providers {
  const all = [
    smtp(clock),
    sendgrid(clock),
    mailgun(clock),
    postmark(clock),
    ses(clock, fetchCertificate),
    brevo(clock),
    resend(clock),
    twilio(clock),
    vonage(clock),
    whatsapp(clock),
    firebase(clock),
    apns(clock),
    webPush(clock, egress),
    slack(clock),
    telegram(clock),
    discord(clock),
    teams(clock, egress),
    webhook(clock, egress),
    simulatorProvider(desk),
  ];
  return new Map(all.map((provider) => [provider.name, provider as Provider]));
}

/** What the adapter of an integration can do, as routing reads it; one that this version does not know may carry nothing. */
export function adapterOf(
  providers: Providers,
  integration: { provider: string; settings: unknown; classes: readonly CategoryClass[] | null; reports: boolean },
) {
  const provider = providers.get(integration.provider);
  if (!provider) return { classes: [], payloadLimit: null, service: null, settling: NO_SETTLING };
  const { classes, payloadLimit, service } = provider.traits;
  const settings = provider.classesOf ? provider.settings.safeParse(integration.settings) : null;
  const able = settings?.success ? (provider.classesOf?.(settings.data) ?? classes) : classes;
  const wanted = integration.classes ?? able;
  return {
    classes: able.filter((one) => wanted.includes(one)),
    payloadLimit,
    service,
    settling: settlingOf(provider, integration.reports),
  };
}

function settlingOf({ settling = NO_SETTLING }: Provider, isHeard: boolean) {
  return { ...settling, reports: settling.reports && isHeard };
}

const NO_SETTLING = { keyMs: null, lookup: false, reports: false };

/**
 * Checks an integration's settings and credentials against what its adapter declares.
 *
 * @param publicUrl how vendors reach us; null: they cannot be told
 */
export function integrationCheck(providers: Providers, publicUrl: string | null): IntegrationCheck {
  const names = [...providers.keys()];
  return {
    providers: [...providers.values()].map(cardOf),
    generate: (name) => (providers.get(name)?.generate?.() ?? null) as Record<string, unknown> | null,
    hears({ provider: name, settings, credentials }) {
      const provider = providers.get(name);
      const known = [provider?.settings.safeParse(settings), provider?.credentials.safeParse(credentials)] as const;
      if (!known[0]?.success || !known[1]?.success) return false;
      return provider?.hears?.(known[0].data, known[1].data, publicUrl) ?? false;
    },
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

/** An adapter's own declarations, as the API and the docs list them. */
export function cardOf({
  name,
  channels,
  traits,
  settings,
  credentials,
  settling = NO_SETTLING,
}: Provider): ProviderCard {
  const shape = (schema: z.ZodType): Record<string, unknown> => {
    const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input' });
    return rest;
  };
  const { keyMs: idempotencyMs, lookup } = settling;
  return {
    name,
    channels,
    ...traits,
    untracks: traits.untracks === true,
    settings: shape(settings),
    credentials: shape(credentials),
    idempotencyMs,
    lookup,
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
