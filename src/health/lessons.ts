import { Batcher } from '../base/batcher.js';
import type { DirectLane } from '../base/direct-lane.js';
import { messageOf } from '../base/errors.js';
import type { Logger } from '../base/log.js';
import type { Ending, HealthMonitor } from './monitor.js';
import type { Permits } from './permits.js';
import type { SlowStart } from './slow-start.js';

interface Lesson {
  readonly environmentId: string;
  readonly notificationId: string;
  readonly ending: Ending;
}

/** What calls teach about integrations, gathered: many calls that end together are one lesson and one statement. */
export class Lessons {
  private readonly batcher: Batcher<Lesson, undefined>;
  /** Where freed places of an integration are handed on to; set when the direct lane is there. */
  direct: DirectLane | null = null;

  constructor(
    private readonly context: {
      health: Pick<HealthMonitor, 'learn' | 'current'>;
      permits: Pick<Permits, 'release'>;
      slowStart: Pick<SlowStart, 'learn'>;
      log: Logger;
    },
  ) {
    this.batcher = new Batcher((lessons) => this.learn(lessons), { maxSize: 500, inFlight: 1 });
  }

  /** Takes a lesson and returns at once. */
  add(lesson: Lesson): void {
    this.batcher
      .add(lesson)
      .catch((error) => this.context.log.warn({ error: messageOf(error) }, 'a lesson about an integration was lost'));
  }

  private async learn(lessons: readonly Lesson[]): Promise<undefined[]> {
    const { health, permits, slowStart } = this.context;
    for (const [environmentId, group] of Map.groupBy(lessons, (lesson) => lesson.environmentId)) {
      await health.learn(
        environmentId,
        group.map((lesson) => lesson.ending),
      );
      for (const integration of await health.current(environmentId)) {
        const endings = group
          .filter((one) => one.ending.integration === integration.key)
          .map(({ notificationId, ending }) => ({ notificationId, kind: ending.kind }));
        if (endings.length === 0) continue;
        await slowStart.learn(environmentId, integration, endings, this.direct);
        const ids = endings.map((one) => one.notificationId);
        await permits.release(environmentId, integration, ids, this.direct);
      }
    }
    return lessons.map(() => undefined);
  }
}
