/** What undoing a run would do, shown before anything is done. */

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import type { IRunSource, IUndoPlan } from '../source';
import { Area, Line } from './fields';
import { plural, seen } from './format';
import { useRequest } from './hooks';
import type { IRunPicture } from './picture';
import { StatusIcon } from './status';
import { Command, Outcome } from './texts';

interface IProps {
  run: IRunPicture;
  source: IRunSource;
  onClose(): void;
}

/** The preview: in which order, what stays, who does it; then what a person chooses. */
export function Undo({ run, source, onClose }: IProps): JSX.Element {
  const [left, setLeft] = useState<readonly string[]>([]);
  const [again, setAgain] = useState(false);
  const [because, setBecause] = useState('');
  const frame = useRef<HTMLElement>(null);
  const look = useRequest(source);
  const request = useRequest(source);
  const ids = { run_id: run.run_id };
  const { plan } = look.reply ?? {};

  // What can be undone may have changed with the picture: what is shown is what is done.
  useEffect(() => look.send({ verb: 'look_undo', ...ids }), [run.undoable, run.status]);
  useEffect(() => frame.current?.focus({ preventScroll: true }), []);

  const told = because.trim() ? { because: because.trim() } : {};
  const calls = plan?.calls ?? [];
  const chosen = calls.filter(call => !left.includes(call.path));
  const doubt = chosen.some(call => call.doubt);
  const off = !source.connected || request.sent || look.sent || !plan;
  const done = request.reply?.ok === true;
  const back = (
    <button type="button" class="mn-btn mn-quiet" onClick={onClose}>
      {done ? 'Close' : 'Back'}
    </button>
  );
  const button = (label: string, enabled: boolean, send: () => void, tone = ''): JSX.Element => (
    <button type="button" class={`mn-btn ${tone}`} disabled={off || !enabled} onClick={send}>
      {label}
    </button>
  );
  const undo = (): void =>
    request.send({
      verb: 'undo',
      ...ids,
      ...told,
      calls: chosen.map(call => call.call_id),
      leave: left.filter(path => calls.some(call => call.path === path)),
      again: again && doubt
    });

  return (
    <section
      ref={frame}
      class="mn-card mn-t-wait"
      tabIndex={-1}
      aria-label="Undo what this run did?"
      data-lm-suppress-shortcuts="true"
      onKeyDown={event => event.key === 'Escape' && onClose()}
    >
      <div class="mn-card-head">
        <StatusIcon status="waiting" />
        <div>
          <b>Undo what this run did?</b> <span class="mn-mut">Nothing is undone yet.</span>
        </div>
      </div>
      <div class="mn-card-body">
        {plan ? (
          <Plan
            plan={plan}
            left={left}
            off={off || done}
            onLeave={(path, leave) =>
              setLeft(leave ? [...left, path] : left.filter(one => one !== path))
            }
          />
        ) : (
          <Outcome request={look} />
        )}
        {plan?.ended && doubt && (
          <label class="mn-always">
            <input
              type="checkbox"
              class="mn-check"
              checked={again}
              disabled={off || done}
              onChange={event => setAgain(event.currentTarget.checked)}
            />{' '}
            undo once more what may have been undone already
          </label>
        )}
        {calls.length > 0 && (
          <Line name="because">
            <Area
              label="because"
              value={because}
              hint="optional; kept with the run"
              disabled={off || done}
              onInput={setBecause}
            />
          </Line>
        )}
      </div>
      <div class="mn-card-foot">
        {!done && plan?.ended === false && (
          <>
            {button(
              'Cancel the run and undo these',
              calls.length > 0,
              () => request.send({ verb: 'cancel', undo: true, ...ids, ...told }),
              'mn-danger mn-t-bad'
            )}
            <span class="mn-mut">And what it does until it stops.</span>
          </>
        )}
        {!done && plan?.ended && (
          <>
            {button(
              chosen.length === calls.length
                ? 'Undo these'
                : `Undo ${plural(chosen.length, 'call')}`,
              chosen.length > 0 && (again || !doubt),
              undo,
              'mn-danger mn-t-bad'
            )}
            {button('Leave all as it is', true, () =>
              request.send({ verb: 'keep', ...ids, ...told })
            )}
          </>
        )}
        {back}
        <Outcome request={request} />
        <span class="mn-grow" />
        <Command text={`%mn undo ${run.short_id}`} />
      </div>
    </section>
  );
}

interface IPlanProps {
  plan: IUndoPlan;
  left: readonly string[];
  off: boolean;
  onLeave(path: string, leave: boolean): void;
}

function Plan({ plan, left, off, onLeave }: IPlanProps): JSX.Element {
  return (
    <>
      {plan.so_far.map(line => (
        <p key={line}>{line}</p>
      ))}
      {plan.calls.length > 0 ? (
        <h3 class="mn-plain">Would be undone, in this order</h3>
      ) : (
        <p>Nothing that it did can be undone.</p>
      )}
      <ol class="mn-plan">
        {plan.calls.map(call => (
          <li key={call.call_id} class={left.includes(call.path) ? 'mn-left' : ''}>
            <label>
              {plan.ended && (
                <input
                  type="checkbox"
                  class="mn-check"
                  checked={!left.includes(call.path)}
                  disabled={off}
                  onChange={event => onLeave(call.path, !event.currentTarget.checked)}
                />
              )}{' '}
              {seen(call.text)}
              {left.includes(call.path) && ': it is left'}
            </label>
          </li>
        ))}
      </ol>
      {plan.stays.length > 0 && (
        <>
          <h3 class="mn-plain">Stays as it is</h3>
          <ul class="mn-plan">
            {plan.stays.map((line, index) => (
              <li key={index}>{seen(line)}</li>
            ))}
          </ul>
        </>
      )}
      {plan.inherited.length > 0 && (
        <>
          <h3 class="mn-plain">{plan.inherited[0]}</h3>
          <ul class="mn-plan">
            {plan.inherited.slice(1).map((line, index) => (
              <li key={index}>{line}</li>
            ))}
          </ul>
        </>
      )}
      {plan.calls.length > 0 && (
        <p class="mn-mut">{plan.by} Where a call cannot be undone, the undoing stops.</p>
      )}
    </>
  );
}
