import { Field, Float, InputType, Int, ObjectType } from 'type-graphql';
import type { SilenceAction } from '../base/names.js';
import { SilenceActionEnum } from './enums.js';
import { Duration } from './scalars.js';

@ObjectType('RetryPolicy', {
  description:
    'How failed attempts are repeated. The pause grows by `factor` from `firstDelay` to `maxDelay`, spread by ±25 %.',
})
export class RetryPolicyType {
  @Field(() => Int, { description: 'Provider calls on one channel, at most; 1: never again.' })
  maxAttempts!: number;
  @Field(() => Duration, { description: 'Pause before the first retry.' })
  firstDelay!: string;
  @Field(() => Float, { description: 'Each pause is so many times the one before.' })
  factor!: number;
  @Field(() => Duration, { description: 'Longest pause.' })
  maxDelay!: string;
  @Field(() => Duration, { description: 'No retry begins later than this after the first attempt.' })
  giveUpAfter!: string;
}

@ObjectType('SilencePolicy', { description: 'What follows when a notification arrived and nobody opened it.' })
export class SilencePolicyType {
  @Field(() => Duration, { description: 'How long silence is waited for, from when a channel took it.' })
  after!: string;
  @Field(() => SilenceActionEnum, { description: 'What follows then.' })
  then!: SilenceAction;
  @Field(() => Int, { description: 'How often at most.' })
  times!: number;
}

@InputType('RetryPolicyInput', {
  description: 'How failed attempts are repeated. A missing field stays as it is, or takes the class’s default.',
})
export class RetryPolicyInput {
  @Field(() => Int, { nullable: true, description: 'Provider calls on one channel, 1 to 100; 1: never again.' })
  maxAttempts?: number | null;
  @Field(() => Duration, { nullable: true, description: 'Pause before the first retry: PT0.1S to P1D.' })
  firstDelay?: string | null;
  @Field(() => Float, {
    nullable: true,
    description: 'Each pause is so many times the one before: 1 (all alike) to 10, default 2.',
  })
  factor?: number | null;
  @Field(() => Duration, { nullable: true, description: 'Longest pause: PT0.1S to P7D.' })
  maxDelay?: string | null;
  @Field(() => Duration, {
    nullable: true,
    description: 'No retry begins later than this after the first attempt: PT1S to P30D.',
  })
  giveUpAfter?: string | null;
}

@InputType('SilencePolicyInput', { description: 'What follows when a notification arrived and nobody opened it.' })
export class SilencePolicyInput {
  @Field(() => Duration, { description: 'How long silence is waited for, from when a channel took it: PT1S to P30D.' })
  after!: string;
  @Field(() => SilenceActionEnum, { description: 'What follows then.' })
  then!: SilenceAction;
  @Field(() => Int, { nullable: true, defaultValue: 1, description: 'How often at most: 1 to 5.' })
  times?: number | null;
}
