/** The frame of everything that waits for a person. */

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import type { IRunSource } from '../source';
import { Expiry } from './clock';
import { seen } from './format';
import type { IRequest } from './hooks';
import type { IApproval } from './picture';
import { StatusIcon } from './status';
import { Command, Outcome } from './texts';

const OPENINGS: { [kind in IApproval['kind']]: string } = {
  approve: 'asked by',
  call: 'a call is asked about in',
  in_doubt: 'in doubt at',
  ask: 'asked by',
  budget: 'at'
};

interface ICardProps {
  approval: IApproval;
  source: IRunSource;
  request: IRequest;
  /** The buttons; none once it is decided. */
  decisions: ComponentChildren;
  children: ComponentChildren;
  /** Told of Escape: whoever began to say no may think again. */
  onBack(): void;
  /** Given, the card is a form, and this is told when it is sent. */
  onSubmit?(): void;
}

/** The card; a kernel that is not there leaves it readable, with the command that decides. */
export function Card(props: ICardProps): JSX.Element {
  const { approval, source, request } = props;
  const frame = useRef<HTMLElement>(null);
  const done = request.reply?.ok === true;
  useEffect(() => {
    // The button that was pressed is gone: who uses keys stays at the card.
    if (done && document.activeElement === document.body) {
      frame.current?.focus({ preventScroll: true });
    }
  }, [done]);
  const bad = approval.kind === 'in_doubt' || approval.escalated;
  const label = approval.prompt || `Approval of ${approval.path}`;
  const inner = (
    <>
      <div class="mn-card-head">
        <StatusIcon status={bad ? 'in_doubt' : 'waiting'} />
        <div>
          {approval.escalated && (
            <>
              <span class="mn-pill mn-urgent">
                overdue{approval.escalated_to && `, escalated to ${approval.escalated_to}`}
              </span>{' '}
            </>
          )}
          <b class="mn-prompt">{approval.prompt}</b>{' '}
          <span class="mn-mut">
            {OPENINGS[approval.kind]} step {seen(approval.path)}
            {approval.expires_at && !approval.escalated && (
              <>
                {' · '}
                <Expiry at={approval.expires_at} then={approval.then} />
              </>
            )}
          </span>
        </div>
      </div>
      <div class="mn-card-body">{props.children}</div>
      <div class="mn-card-foot">
        {!done && props.decisions}
        <Outcome request={request} />
        {!source.connected && (
          <span class="mn-mut">No kernel is connected here. Decide with this line:</span>
        )}
        <span class="mn-grow" />
        {approval.command && <Command text={approval.command} />}
      </div>
    </>
  );
  return (
    <section
      ref={frame}
      tabIndex={-1}
      data-approval={approval.id}
      class={`mn-card ${bad ? 'mn-t-bad' : 'mn-t-wait'}`}
      aria-label={label}
      data-lm-suppress-shortcuts="true"
      onKeyDown={event => event.key === 'Escape' && props.onBack()}
    >
      {props.onSubmit ? (
        <form
          noValidate
          onSubmit={event => {
            event.preventDefault();
            props.onSubmit?.();
          }}
          onKeyDown={event => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
              event.preventDefault();
              event.currentTarget.requestSubmit();
            }
          }}
        >
          {inner}
        </form>
      ) : (
        inner
      )}
    </section>
  );
}
