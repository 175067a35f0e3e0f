import { Ctx, Field, FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { healthAt, type IntegrationState } from '../store/health-view.js';
import type { GraphContext } from './context.js';
import { IntegrationStateEnum } from './enums.js';
import { IntegrationType } from './integrations.js';
import { DateTime } from './scalars.js';

@ObjectType('IntegrationHealth', { description: 'How an integration does at this moment, over all processes.' })
class IntegrationHealthType {
  integrationId!: string;
  @Field(() => IntegrationStateEnum, { description: 'Whether it is used.' })
  state!: IntegrationState;
  @Field(() => DateTime, { nullable: true, description: 'Since when it is left alone; null while it is used.' })
  since!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'When it is tried again; null where that is now.' })
  until!: Date | null;
  @Field(() => Int, { description: 'Failures in a row.' })
  failures!: number;
}

@Resolver(() => IntegrationType)
export class IntegrationHealthResolver {
  @FieldResolver(() => IntegrationHealthType, { description: 'How it does at this moment.' })
  async health(@Root() { row }: IntegrationType, @Ctx() context: GraphContext): Promise<IntegrationHealthType> {
    const found = await context.loaders.health.add(row.id);
    return { integrationId: row.id, ...healthAt(found ?? undefined, context.services.clock.now()) };
  }
}

@Resolver(() => IntegrationHealthType)
export class WaitingResolver {
  @FieldResolver(() => Int, {
    description: 'Notifications that wait for it: until it works again, or until its limits let them through.',
  })
  waitingCount(@Root() health: IntegrationHealthType, @Ctx() context: GraphContext): Promise<number> {
    return context.loaders.waiting.add(health.integrationId);
  }
}
