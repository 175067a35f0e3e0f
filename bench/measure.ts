import type { Report } from './report.ts';
import type { Size } from './size.ts';
import type { World } from './world.ts';

/** What every row of the bench works with. */
export interface Run {
  readonly world: World;
  readonly report: Report;
  readonly size: Size;
}
