import type { Operation } from '../../src/core/operations.ts';
import { ScriptedTransport, type Fate } from './scripted-transport.ts';

interface Call {
  readonly ask: () => Promise<unknown>;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
  outcome: Promise<unknown> | null;
}

/** A wire on which every request reaches the server, and every answer the client, when the test says so, in any order. */
export class HandDrivenWire extends ScriptedTransport {
  private readonly calls: Call[] = [];

  override request<Data, V>(operation: Operation<Data, V>, variables: V): Promise<Data> {
    return new Promise<Data>((resolve, reject) => {
      this.calls.push({
        ask: () => super.request(operation, variables),
        resolve: (answer) => resolve(answer as Data),
        reject,
        outcome: null,
      });
    });
  }

  get busy(): boolean {
    return this.calls.length > 0;
  }

  /** The server gets one of the requests, unless that is lost or refused. */
  execute(index: number, fate: Fate = 'answered'): void {
    const open = this.calls.filter((call) => call.outcome === null);
    const call = open[index % Math.max(1, open.length)];
    if (!call) return;
    this.marks = fate;
    this.failReads = fate !== 'answered';
    call.outcome = call.ask();
    call.outcome.catch(() => {});
    this.marks = 'answered';
    this.failReads = false;
  }

  /** One of the answers arrives. */
  arrive(index: number): void {
    const done = this.calls.filter((call) => call.outcome !== null);
    const call = done[index % Math.max(1, done.length)];
    if (!call?.outcome) return;
    this.calls.splice(this.calls.indexOf(call), 1);
    call.outcome.then(call.resolve, call.reject);
  }
}
