import type { SecretBox } from '../base/secret-box.js';
import type { Situation } from '../recipients/facts.js';
import { SIMULATOR } from '../recipients/facts.js';
import type { Callback, CallbackAnswer } from '../providers/callback.js';
import type { Carrier, Provider } from '../providers/provider.js';
import type { Providers } from '../providers/index.js';
import { simulatorCarrier, type SimulatorDesk } from '../providers/simulator.js';
import { credentialsPlace, type IntegrationRow } from '../store/integrations.js';

/**
 * The adapters, opened with the settings and credentials of integrations and kept while those stay the same. In TEST
 * environments every integration is the simulator in its place, whatever it names.
 */
export class Carriers {
  private readonly open = new Map<string, { version: number; adapter: Adapter }>();

  constructor(
    private readonly providers: Providers,
    private readonly secrets: SecretBox,
    private readonly desk: SimulatorDesk,
  ) {}

  /** The adapter behind an integration's key. Throws when its settings or credentials cannot be read. */
  for(situation: Situation, key: string): Carrier {
    const row = situation.integrations.find((integration) => integration.key === key);
    if (situation.facts.mode === 'TEST') return simulatorCarrier(this.desk, row?.provider ?? SIMULATOR);
    if (!row) throw new Error(`integration "${key}" is not there any more`);
    const adapter = this.adapter(row);
    adapter.carrier ??= adapter.provider.open(adapter.settings, adapter.credentials);
    return adapter.carrier;
  }

  /** Reads a callback of the vendor of an integration; undefined when it has none. */
  async read(row: IntegrationRow, callback: Callback): Promise<CallbackAnswer | undefined> {
    if (!this.providers.get(row.provider)?.read) return undefined;
    const { provider, settings, credentials } = this.adapter(row);
    return provider.read?.(callback, settings, credentials);
  }

  private adapter(row: IntegrationRow): Adapter {
    const known = this.open.get(row.id);
    const version = row.updated_at.getTime();
    if (known?.version === version) return known.adapter;
    const provider = this.providers.get(row.provider);
    if (!provider) throw new Error(`this version has no provider "${row.provider}"`);
    const secrets: unknown = JSON.parse(this.secrets.open(row.credentials, credentialsPlace(row)));
    const settings = provider.settings.parse(row.settings);
    const adapter = { provider, settings, credentials: provider.credentials.parse(secrets), carrier: null };
    known?.adapter.carrier?.close?.();
    this.open.set(row.id, { version, adapter });
    return adapter;
  }

  close(): void {
    for (const { adapter } of this.open.values()) adapter.carrier?.close?.();
    this.open.clear();
  }
}

/** An adapter with what it was told; opened when it is first to carry something. */
interface Adapter {
  readonly provider: Provider;
  readonly settings: unknown;
  readonly credentials: unknown;
  carrier: Carrier | null;
}
