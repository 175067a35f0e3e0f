import type { ReactNode } from 'react';
import { useInbox } from './hooks.ts';
import { Icon } from './Icon.tsx';
import { useView } from './provider.tsx';
import { useSession } from './session.tsx';
import * as icons from './more-icons.ts';

/** One sentence about what is wrong, if anything is. In the page from the start, so that a change of it is spoken. */
export function Notice(): ReactNode {
  const { client, connect } = useSession();
  const { labels } = useView();
  const { problem, queued, status } = useInbox();
  const offline = status === 'offline';
  const failed = problem === 'MARK';
  const words = [offline && labels.offline, queued > 0 && labels.queued(queued), failed && labels.markFailed].filter(
    Boolean,
  );
  return (
    <div className="td-notice" role="status">
      {words.length > 0 && (
        <>
          <Icon of={offline || failed ? icons.warning : icons.clock} />
          <p>{words.join(' ')}</p>
          {connect && offline && (
            <button type="button" className="td-link" onClick={() => client.retry()}>
              {labels.retry}
            </button>
          )}
        </>
      )}
    </div>
  );
}
