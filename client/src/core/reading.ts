import { backoff } from './backoff.ts';
import type { Ground } from './ground.ts';
import { listItems, needsRead } from './lists.ts';
import { inboxPage } from './operations.ts';

const longestPage = 100;

/** Reads lists, one page at a time: two answers that overtake each other would make the older one the last word. */
export class Reading {
  private turn: Promise<void> = Promise.resolve();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly ground: Ground,
    private readonly pageSize: number,
  ) {}

  /** Reads the lists that must be read. False: one could not be. */
  async catchUp(): Promise<boolean> {
    const lists = Object.keys(this.ground.state.lists);
    const turns = await Promise.allSettled(lists.map((list) => this.read(list, 'needed')));
    return turns.every(({ status }) => status === 'fulfilled');
  }

  /** While there is a connection: has the lists read that must be, soon, and again until they are. */
  keepUp(failures = 0): void {
    const { running, state } = this.ground;
    const needed = running && state.status === 'live' && Object.values(state.lists).some(needsRead);
    if (this.timer !== undefined || !needed) return;
    const run = async (): Promise<void> => {
      const done = await this.catchUp();
      this.pause();
      this.keepUp(done ? 0 : failures + 1);
    };
    this.timer = setTimeout(() => void run(), failures === 0 ? 0 : backoff(failures - 1));
  }

  /** No further tries. */
  pause(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** `needed`: from its beginning, unless it has been read by then. Rejects when it cannot be read. */
  read(list: string, kind: 'needed' | 'first' | 'more'): Promise<void> {
    const turn = this.turn.then(() => this.readNow(list, kind));
    this.turn = turn.catch(() => {});
    return turn;
  }

  private async readNow(list: string, kind: 'needed' | 'first' | 'more'): Promise<void> {
    const { ground } = this;
    const { life, state } = ground;
    const of = state.lists[list];
    if (!of || (kind === 'needed' && !needsRead(of))) return;
    const { filter, cursor, floor } = of;
    const more = kind === 'more';
    const held = listItems(state.items, of).filter(({ place }) => place >= floor).length;
    const first = more ? this.pageSize : Math.min(longestPage, Math.max(this.pageSize, held));
    ground.dispatch({ type: 'readStarted', list, more });
    try {
      const { inbox: page, pinned } = await ground.transport.request(inboxPage, {
        first,
        after: more ? cursor : null,
        filter,
        pinned: { ...filter, pinned: true },
        head: !more,
      });
      if (life === ground.life) ground.dispatch({ type: 'readDone', list, more, page, pinned: pinned?.nodes ?? [] });
    } catch (error) {
      if (life === ground.life) ground.dispatch({ type: 'readFailed', list, more });
      ground.tell({ type: 'error', error });
      throw error;
    }
  }
}
