import type { ReactNode } from 'react';
import type { Trace } from './api.ts';
import { channelName, codeWords } from './channel-name.ts';

interface WhyProps {
  readonly trace: Trace | null;
  readonly error: string | null;
  /** Whether anything was sent yet. */
  readonly sent: boolean;
}

/** Where the last notification went and why: the decided plan and what has happened since. */
export function Why({ trace, error, sent }: WhyProps): ReactNode {
  return (
    <section className="card" aria-labelledby="why-heading">
      <div className="card-head">
        <h2 id="why-heading">Why?</h2>
        {trace && <span className="tag">{codeWords(trace.state)}</span>}
      </div>
      {error && <p className="failure">{error}</p>}
      {!trace && !error && (
        <p className="hint">
          {sent ? 'Reading the decision…' : 'Send something, and every decision about it stands here with its reason.'}
        </p>
      )}
      {trace && <Plan trace={trace} />}
      {trace && trace.timeline.length > 0 && <Timeline events={trace.timeline} />}
    </section>
  );
}

function Plan({ trace }: { readonly trace: Trace }): ReactNode {
  return (
    <ol className="steps" aria-label="Decisions, in order">
      {trace.plan.steps.map((step, index) => {
        const delivery = trace.deliveries.find(({ channel }) => channel === step.channel);
        return (
          // The plan may name a channel several times; its order is all that tells the steps apart.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={index} data-decision={step.decision}>
            <span className="step-decision">{codeWords(step.decision)}</span>
            <div>
              <p className="step-channel">
                {channelName(step.channel)}
                {step.integration && <small> by {step.integration}</small>}
                {delivery && <small className="step-state">{codeWords(delivery.state)}</small>}
              </p>
              <p>{step.explanation}</p>
              <code>{step.reason}</code>
            </div>
          </li>
        );
      })}
    </ol>
  );
}

function Timeline({ events }: { readonly events: Trace['timeline'] }): ReactNode {
  const start = Date.parse(events[0]?.at ?? '');
  return (
    <>
      <h3>Timeline</h3>
      <ol className="timeline">
        {events.map((event, index) => (
          // Two events may be alike to the millisecond; the list only grows at its end.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={index}>
            <time dateTime={event.at}>{sinceStart(Date.parse(event.at) - start)}</time>
            <span>
              <strong>{codeWords(event.type)}</strong>
              {event.channel && ` · ${channelName(event.channel)}`}
              {event.integration && ` · ${event.integration}`}
              {event.reason && ` · ${codeWords(event.reason)}`}
              {event.detail && <small>{event.detail}</small>}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}

function sinceStart(ms: number): string {
  if (Number.isNaN(ms)) return '';
  return ms < 10_000 ? `+${Math.max(0, Math.round(ms))} ms` : `+${(ms / 1000).toFixed(1)} s`;
}
