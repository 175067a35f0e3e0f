/** More in a row than two orders of locks can explain. */
const TRIES = 5;

/**
 * Runs `work`, one transaction or statement, again when Postgres ended it as the victim of a deadlock (SQLSTATE 40P01): all
 * of it was undone, and whom it stood in the way of has gone on. Rows are locked in order of their ids wherever we choose;
 * a statement of many rows locks them in the order of its plan. Throws what `work` throws, and the fifth deadlock in a row.
 */
export async function againAfterDeadlock<T>(work: () => Promise<T>): Promise<T> {
  for (let nth = 1; ; nth += 1) {
    try {
      return await work();
    } catch (error) {
      if (nth === TRIES || !isDeadlock(error)) throw error;
    }
  }
}

function isDeadlock(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '40P01';
}
