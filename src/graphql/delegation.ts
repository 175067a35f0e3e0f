import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { standInId } from '../store/stand-ins.js';
import type { GraphContext } from './context.js';
import { NotificationType, toNotification } from './notifications.js';
import { RecipientType, toRecipient } from './recipients.js';

@Resolver(() => NotificationType)
export class DelegationResolver {
  @FieldResolver(() => NotificationType, {
    nullable: true,
    description: 'What a colleague got in the place of the person, who is away; null: the person had it.',
  })
  async delegatedTo(@Root() { row }: NotificationType, @Ctx() context: GraphContext): Promise<NotificationType | null> {
    if (row.reason !== 'DELEGATED') return null;
    const found = await context.loaders.notification.add(standInId(row.id));
    return found ? toNotification(found) : null;
  }

  @FieldResolver(() => RecipientType, {
    nullable: true,
    description: 'The absent person in whose place this one got it; null: it was for this person from the start.',
  })
  async delegatedFrom(@Root() { row }: NotificationType, @Ctx() context: GraphContext): Promise<RecipientType | null> {
    const found = row.delegated_from === null ? null : await context.loaders.recipient.add(row.delegated_from);
    return found ? toRecipient(found) : null;
  }
}
