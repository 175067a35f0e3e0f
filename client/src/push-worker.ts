/**
 * The service worker of web push, a plain script: copied to the host's origin as it is, or imported by the host's own worker
 * with `importScripts`.
 */
import { answerPushes } from './push/worker.ts';
import type { WorkerScope } from './push/worker-scope.ts';

answerPushes(self as unknown as WorkerScope);
