import type { ChannelName } from '../base/names.js';
import type { UserError } from '../base/errors.js';

/**
 * What the API must know of providers to save an integration. The composition root makes it from the registry of
 * providers, which the API itself may not import.
 */
export interface IntegrationCheck {
  /** Names that `provider` may have. */
  readonly providers: readonly string[];
  /** Credentials for an integration that was given none; null: this provider's must be brought. */
  generate(provider: string): Record<string, unknown> | null;
  /** Every problem of these settings and credentials, with paths below `input`; none means that they can be saved. */
  check(input: {
    provider: string;
    channel: ChannelName;
    settings: Record<string, unknown>;
    credentials: Record<string, unknown>;
  }): UserError[];
}
