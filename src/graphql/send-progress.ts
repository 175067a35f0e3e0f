import { Ctx, Field, FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { FINAL_STATES, type NotificationState } from '../base/names.js';
import type { GraphContext } from './context.js';
import { NotificationStateEnum } from './enums.js';
import { DateTime } from './scalars.js';

@ObjectType('StateCount', { description: 'How many notifications of a send are in one state.' })
class StateCount {
  @Field(() => NotificationStateEnum, { description: 'The state.' })
  state!: NotificationState;
  @Field(() => Int, { description: 'Notifications in it; at least 1.' })
  count!: number;
}

@ObjectType('SendProgress', {
  description:
    'How far a send has come. `finishedCount` and `states` are counted when they are asked for: that reads every notification of the send, so ask a broadcast to millions now and then, not each second. The rest costs nothing.',
})
export class SendProgressType {
  sendId!: string;
  @Field(() => Boolean, {
    description: 'True when no more notifications will be made of it: everybody has one, or it was canceled before.',
  })
  expanded!: boolean;
  @Field(() => Int, {
    description:
      'Notifications made so far; those that colleagues got in the place of absent people are not counted again. Of a topic or an audience it rises while it is expanded.',
  })
  recipientCount!: number;
  @Field(() => DateTime, { nullable: true, description: 'When it was canceled; null: it was not.' })
  canceledAt!: Date | null;
}

@Resolver(() => SendProgressType)
export class SendProgressResolver {
  @FieldResolver(() => Int, { description: 'Notifications that have ended, in whatever way. Counted when asked for.' })
  async finishedCount(@Root() { sendId }: SendProgressType, @Ctx() context: GraphContext): Promise<number> {
    const states = await context.loaders.sendStates.add(sendId);
    return states.reduce((sum, one) => sum + (FINAL_STATES.has(one.state) ? one.count : 0), 0);
  }

  @FieldResolver(() => [StateCount], {
    description: 'Its notifications by state, without the states that none is in. Counted when asked for.',
  })
  states(@Root() { sendId }: SendProgressType, @Ctx() context: GraphContext): Promise<StateCount[]> {
    return context.loaders.sendStates.add(sendId);
  }
}
