import type { CategoryClass, ChannelName } from '../base/names.js';
import type { UserError } from '../base/errors.js';

/** How many attempts in how long. */
export interface Pace {
  readonly count: number;
  readonly periodMs: number;
}

/** What an adapter declares of itself, for people and programs that set it up. */
export interface ProviderCard {
  readonly name: string;
  readonly title: string;
  readonly docs: string;
  readonly channels: readonly ChannelName[];
  /** JSON Schemas of what it must be told. */
  readonly settings: Record<string, unknown>;
  readonly credentials: Record<string, unknown>;
  readonly classes: readonly CategoryClass[];
  readonly attachments: 'FIELDS' | 'MIME' | null;
  readonly payloadLimit: number | null;
  readonly rateLimit: Pace | null;
  readonly reports: readonly string[];
  readonly proof: string | null;
  readonly costPer1000: number | null;
  readonly service: string | null;
  readonly untracks: boolean;
  /** For so long it answers a repetition under our key with the first result. */
  readonly idempotencyMs: number | null;
  readonly lookup: boolean;
}

/**
 * What the API must know of providers to save an integration. The composition root makes it from the registry of
 * providers, which the API itself may not import.
 */
export interface IntegrationCheck {
  /** Names that `provider` may have. */
  readonly providers: readonly ProviderCard[];
  /** Credentials for an integration that was given none; null: this provider's must be brought. */
  generate(provider: string): Record<string, unknown> | null;
  /** Would the vendor's reports reach and convince us? */
  hears(input: { provider: string; settings: Record<string, unknown>; credentials: Record<string, unknown> }): boolean;
  /** Every problem of these settings and credentials, with paths below `input`; none means that they can be saved. */
  check(input: {
    provider: string;
    channel: ChannelName;
    settings: Record<string, unknown>;
    credentials: Record<string, unknown>;
  }): UserError[];
}
