import { Field, Int, ObjectType } from 'type-graphql';
import type { AttemptOutcome } from '../base/names.js';
import { AttemptOutcomeEnum } from './enums.js';
import { DateTime } from './scalars.js';

@ObjectType('Attempt', { description: 'One call to one provider.' })
export class AttemptType {
  @Field(() => Int, { description: 'Counts from 1 within the delivery.' })
  number!: number;
  @Field(() => String, { description: 'Key of the integration.' })
  integration!: string;
  @Field(() => DateTime, { description: 'When it was committed, before a byte left.' })
  startedAt!: Date;
  @Field(() => Int, {
    nullable: true,
    description: 'How long the call took; null while it runs, or when nobody knows.',
  })
  durationMs!: number | null;
  @Field(() => AttemptOutcomeEnum, { description: 'How it ended.' })
  outcome!: AttemptOutcome;
  @Field(() => Int, { nullable: true, description: 'HTTP status, where there was one.' })
  httpStatus!: number | null;
  @Field(() => String, { nullable: true, description: 'The vendor’s code, or ours.' })
  code!: string | null;
  @Field(() => String, { nullable: true, description: 'What the vendor said, at most 500 characters.' })
  detail!: string | null;
  @Field(() => DateTime, {
    nullable: true,
    description:
      'After FAILED, RATE_LIMITED or UNKNOWN: when the notification was, or will be, tried next, here or elsewhere. Null where nothing follows, or nobody knows yet.',
  })
  nextAttemptAt!: Date | null;
}
