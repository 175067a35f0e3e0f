import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import { userError, UserErrors } from '../base/errors.js';
import { decodeId } from '../base/ids.js';
import type { Report } from '../base/names.js';
import { DETAIL_MAX, recordReport } from '../recipients/reports.js';
import { findNotifications } from '../store/notification-log.js';
import { requireService, type GraphContext } from './context.js';
import { ReportEnum } from './enums.js';
import { NotificationType, toNotification } from './notifications.js';
import { UserErrorType, withUserErrors } from './user-error.js';

@InputType('SimulateReportInput', { description: 'What a vendor would say about a delivery after its call.' })
class SimulateReportInput {
  @Field(() => ID, { description: 'The delivery, `dlv_…`, on a channel with a provider.' })
  delivery!: string;
  @Field(() => Int, {
    nullable: true,
    description:
      'Which attempt ACCEPTED and REJECTED speak of, from 1; default: the one that was taken or refused, else the latest that nobody knows of.',
  })
  attempt?: number | null;
  @Field(() => ReportEnum, { description: 'What it says.' })
  report!: Report;
  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Of BOUNCED: the address itself is bad; it is retired, and gets nothing more.',
  })
  permanent?: boolean | null;
  @Field(() => String, { nullable: true, description: 'In its own words; at most 500 characters.' })
  detail?: string | null;
}

@ObjectType('SimulateReportPayload', { description: 'Answer of simulateReport.' })
class SimulateReportPayload {
  @Field(() => NotificationType, {
    nullable: true,
    description: 'The notification; what follows from the report is decided right after. Null with errors.',
  })
  notification!: NotificationType | null;
  @Field(() => [UserErrorType], { description: 'NOT_A_TEST_ENVIRONMENT, NOT_FOUND, TOO_LONG.' })
  userErrors!: UserErrorType[];
}

@Resolver()
export class ReportResolver {
  @Mutation(() => SimulateReportPayload, {
    description:
      'TEST environments only: says of a delivery what a vendor’s webhook would say, so that late bounces and deliveries can be rehearsed. Repeating it changes nothing.',
  })
  async simulateReport(
    @Arg('input', () => SimulateReportInput, { description: 'Which report on what.' }) input: SimulateReportInput,
    @Ctx() context: GraphContext,
  ): Promise<SimulateReportPayload> {
    const { environmentId, mode } = requireService(context);
    return withUserErrors<SimulateReportPayload>({ notification: null }, async () => {
      if (mode !== 'TEST')
        refuse(['input'], 'NOT_A_TEST_ENVIRONMENT', 'this environment is LIVE; reports come from its vendors');
      const detail = input.detail ?? null;
      if (detail !== null && detail.length > DETAIL_MAX)
        refuse(['input', 'detail'], 'TOO_LONG', `${detail.length} characters given, expected at most ${DETAIL_MAX}`);
      const delivery = decodeDelivery(input.delivery);
      const { inTransaction, clock, direct, database } = context.services;
      const word = {
        number: input.attempt ?? null,
        report: input.report,
        permanent: input.permanent ?? false,
        providerId: null,
        detail,
        at: clock.now(),
      };
      const there =
        delivery !== null &&
        (await inTransaction((tx) => recordReport(tx, direct, environmentId, { ...delivery, ...word })));
      const [row] = there ? await findNotifications(database.db, environmentId, [delivery.notificationId]) : [];
      if (!row)
        return refuse(['input', 'delivery'], 'NOT_FOUND', 'no such delivery by a provider, or no such attempt of it');
      return { notification: toNotification(row) };
    });
  }
}

function refuse(field: string[], code: string, message: string): never {
  throw new UserErrors([userError(field, code, message)]);
}

/** The notification and the ordinal in `dlv_…_0`; null for anything else. */
function decodeDelivery(id: string): { notificationId: string; ordinal: number } | null {
  const match = /^(dlv_\w{26})_(\d{1,4})$/.exec(id);
  const notificationId = match?.[1] ? decodeId('delivery', match[1]) : null;
  return notificationId === null ? null : { notificationId, ordinal: Number(match?.[2]) };
}
