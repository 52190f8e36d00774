/** Something that waits for a person, with what is needed to decide it. */

import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

import type { IRunSource } from '../source';
import { AskCard } from './ask';
import { DecisionCard } from './decision';
import { plural, seen } from './format';
import { useRequest } from './hooks';
import type { IApproval, IPermission, IRunPicture } from './picture';
import { Outcome } from './texts';

interface IProps {
  approval: IApproval;
  run: IRunPicture;
  source: IRunSource;
}

const AT_FIRST = 5;
const MORE = 20;

/** The cards, longest waiting first; of very many only the first until more are asked for. */
export function Approvals({ run, source }: Omit<IProps, 'approval'>): JSX.Element | null {
  const [most, setMost] = useState(AT_FIRST);
  const here = Math.max(run.approvals.length - most, 0);
  const left = here + run.approvals_cut;
  const list = useRef<HTMLDivElement>(null);
  const near = useRef<{ id: string; index: number } | null>(null);
  const ids = run.approvals.map(approval => approval.id);
  useLayoutEffect(() => {
    const was = near.current;
    if (was === null || ids.includes(was.id) || document.activeElement !== document.body) {
      return;
    }
    // The card that had the focus is decided, and gone: the next one is in its place.
    near.current = null;
    const cards = list.current?.querySelectorAll<HTMLElement>('.mn-card') ?? [];
    cards[Math.min(was.index, cards.length - 1)]?.focus();
  }, [ids.join()]);
  const noticed = (event: FocusEvent): void => {
    const card = (event.target as HTMLElement).closest<HTMLElement>('[data-approval]');
    const id = card?.dataset.approval;
    near.current = id ? { id, index: ids.indexOf(id) } : null;
  };
  return (
    <div ref={list} onFocusCapture={noticed}>
      {run.approvals.slice(0, most).map(approval => {
        const Kind = approval.kind === 'ask' ? AskCard : DecisionCard;
        return <Kind key={approval.id} approval={approval} run={run} source={source} />;
      })}
      {left > 0 && (
        <p class="mn-more">
          {here > 0 && (
            <button type="button" class="mn-btn" onClick={() => setMost(most + MORE)}>
              Show {Math.min(MORE, here)} more
            </button>
          )}{' '}
          <span class="mn-mut">
            {plural(left, 'more approval')} {left === 1 ? 'waits' : 'wait'};{' '}
            <code>%mn approvals</code> lists all.
          </span>
        </p>
      )}
    </div>
  );
}

/** What is always allowed in this run, for all to see, with the way to take it back. */
export function Permissions({ run, source }: Omit<IProps, 'approval'>): JSX.Element | null {
  if (run.permissions.length === 0) {
    return null;
  }
  return (
    <ul class="mn-permissions" aria-label="Always allowed in this run">
      {run.permissions.map(permission => (
        <Permission key={permission.tool} permission={permission} run={run} source={source} />
      ))}
    </ul>
  );
}

function Permission({
  permission,
  run,
  source
}: Omit<IProps, 'approval'> & { permission: IPermission }): JSX.Element {
  const request = useRequest(source);
  const { tool, by } = permission;
  return (
    <li>
      <b>{seen(tool)}</b> needs no approval in this run: {by} said so.{' '}
      {source.connected && permission.command ? (
        <button
          type="button"
          class="mn-link"
          disabled={request.sent}
          onClick={() => request.send({ verb: 'revoke', run_id: run.run_id, tool })}
        >
          take it back
        </button>
      ) : (
        <code>{permission.command}</code>
      )}
      <Outcome request={request} />
    </li>
  );
}
