import type { WebSocket } from 'ws';

/** Server pings; a peer that does not answer within the next interval is cut off: silence ends after 12 s at most. */
const PING_MS = 6_000;
/** Thousands of pings at one moment would hold everything else up: of ten thousand sockets thirty-three are pinged together. */
const SLICES = 300;

/**
 * Pings every socket once an interval, a slice of them at a time, and cuts off those that did not answer: one timer for all
 * of them.
 */
export class Heartbeat {
  private readonly slices = Array.from({ length: SLICES }, () => new Set<WebSocket>());
  private readonly answered = new WeakSet<WebSocket>();
  private readonly timer: NodeJS.Timeout;
  private added = 0;
  private turn = 0;

  /** @param beat called for each socket when it is pinged */
  constructor(private readonly beat: (socket: WebSocket) => void) {
    this.timer = setInterval(() => this.next(), PING_MS / SLICES);
    this.timer.unref();
  }

  add(socket: WebSocket): void {
    const slice = this.slices[this.added % SLICES] as Set<WebSocket>;
    this.added += 1;
    slice.add(socket);
    this.answered.add(socket);
    socket.on('pong', () => this.answered.add(socket));
    socket.once('close', () => slice.delete(socket));
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private next(): void {
    const slice = this.slices[this.turn % SLICES] as Set<WebSocket>;
    this.turn += 1;
    for (const socket of slice) {
      if (socket.readyState !== socket.OPEN) continue;
      if (!this.answered.delete(socket)) {
        socket.terminate();
        continue;
      }
      this.beat(socket);
      socket.ping();
    }
  }
}
