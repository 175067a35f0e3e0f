import type { SecretBox } from '../base/secret-box.js';
import type { Situation } from '../recipients/facts.js';
import { SIMULATOR } from '../recipients/facts.js';
import type { Carrier } from '../providers/provider.js';
import type { Providers } from '../providers/index.js';
import { simulatorCarrier, type SimulatorDesk } from '../providers/simulator.js';
import { credentialsPlace } from '../store/integrations.js';

/**
 * The adapters, opened with the settings and credentials of integrations and kept while those stay the same. In TEST
 * environments every integration is the simulator in its place, whatever it names.
 */
export class Carriers {
  private readonly open = new Map<string, { version: number; carrier: Carrier }>();

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
    const known = this.open.get(row.id);
    const version = row.updated_at.getTime();
    if (known?.version === version) return known.carrier;
    const provider = this.providers.get(row.provider);
    if (!provider) throw new Error(`this version has no provider "${row.provider}"`);
    const credentials: unknown = JSON.parse(this.secrets.open(row.credentials, credentialsPlace(row)));
    const carrier = provider.open(provider.settings.parse(row.settings), provider.credentials.parse(credentials));
    known?.carrier.close?.();
    this.open.set(row.id, { version, carrier });
    return carrier;
  }

  close(): void {
    for (const { carrier } of this.open.values()) carrier.close?.();
    this.open.clear();
  }
}
