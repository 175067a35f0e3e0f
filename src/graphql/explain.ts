import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import { AppError, UserErrors } from '../base/errors.js';
import { explained } from '../recipients/plan.js';
import { explainSend } from '../send/explain.js';
import { requireService, type GraphContext } from './context.js';
import { RoutingPlanType } from './notifications.js';
import { SendInput, toRequest } from './send-input.js';

@Resolver()
export class ExplainResolver {
  @Query(() => [RoutingPlanType], {
    description:
      'Dry run of exactly this input: the same code, nothing stored, nothing sent. One plan a person; of a topic or an audience, the first 100.',
  })
  async explain(
    @Arg('input', () => SendInput, { description: 'As for send.' }) input: SendInput,
    @Ctx() context: GraphContext,
  ): Promise<RoutingPlanType[]> {
    const caller = requireService(context);
    try {
      const environment = { id: caller.environmentId, mode: caller.mode };
      const plans = await explainSend(context.services, environment, toRequest(input));
      return plans.map(({ recipientId, plan }) => ({ recipientId, ...explained(plan) }));
    } catch (error) {
      if (!(error instanceof UserErrors)) throw error;
      throw new AppError('BAD_USER_INPUT', error.message, { userErrors: error.errors });
    }
  }
}
