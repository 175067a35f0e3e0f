import { Field, ObjectType } from 'type-graphql';
import { UserErrors, type UserError } from '../base/errors.js';

@ObjectType('UserError', {
  description:
    'An expected failure of a mutation: something in the input that the caller can mend. Nothing was changed.',
})
export class UserErrorType implements UserError {
  @Field(() => [String], { description: 'Path into the arguments, like `["input", "to", "3", "email"]`.' })
  field!: string[];
  @Field(() => String, { description: 'For people; may change.' })
  message!: string;
  @Field(() => String, { description: 'For programs; does not change.' })
  code!: string;
}

/** Runs a mutation: expected failures become its payload, everything else stays an error of the request. */
export async function withUserErrors<Payload extends { userErrors: UserError[] }>(
  empty: Omit<Payload, 'userErrors'>,
  work: () => Promise<Omit<Payload, 'userErrors'>>,
): Promise<Payload> {
  try {
    return { ...(await work()), userErrors: [] } as unknown as Payload;
  } catch (error) {
    if (error instanceof UserErrors) return { ...empty, userErrors: [...error.errors] } as unknown as Payload;
    throw error;
  }
}
