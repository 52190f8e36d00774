/** Steps that wait for time or for a signal. */

import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import type { IRunSource } from '../source';
import { Countdown } from './clock';
import { readResult } from './edits';
import { Area } from './fields';
import { formatInstant, plural, seen } from './format';
import { useRequest } from './hooks';
import type { IRunPicture, IWait } from './picture';
import { StatusIcon } from './status';
import { Command, Outcome } from './texts';

const MOST = 20;

/** The waits, one line each; a signal can be sent from here. */
export function Waits({
  run,
  source
}: {
  run: IRunPicture;
  source: IRunSource;
}): JSX.Element | null {
  if (run.waits.length === 0) {
    return null;
  }
  const left = Math.max(run.waits.length - MOST, 0) + run.waits_cut;
  return (
    <section class="mn-waits" aria-label="Waits">
      <h3>Waits</h3>
      <ul>
        {run.waits.slice(0, MOST).map(wait => (
          <Wait key={wait.path} wait={wait} run={run} source={source} />
        ))}
      </ul>
      {left > 0 && <p class="mn-mut">and {plural(left, 'further wait')}</p>}
    </section>
  );
}

function Wait(props: { wait: IWait; run: IRunPicture; source: IRunSource }): JSX.Element {
  const { wait, run, source } = props;
  const [value, setValue] = useState<string | null>(null);
  const group = useRef<HTMLDivElement>(null);
  const request = useRequest(source);
  const back = (): void => {
    setValue(null);
    requestAnimationFrame(() => group.current?.querySelector('button')?.focus());
  };
  const send = (): void => {
    const typed = (value ?? '').trim() !== '';
    setValue(null);
    request.send({
      verb: 'signal',
      run_id: run.run_id,
      path: wait.path,
      signal: wait.signal ?? '',
      has_value: typed,
      ...(typed ? { value: readResult(value ?? '') } : {})
    });
  };
  return (
    <li>
      <StatusIcon status="waiting" />
      <div>
        <b>{seen(wait.path)}</b>{' '}
        {wait.signal !== null && (
          <>
            waits for the signal <code>{wait.signal}</code>
          </>
        )}
        {wait.until !== null && (
          <>
            {wait.signal === null ? 'goes on ' : '; out of time '}
            <Countdown until={wait.until} />
            <span class="mn-mut"> ({formatInstant(wait.until)})</span>
          </>
        )}
        {wait.signal !== null && (
          <div
            ref={group}
            class="mn-buttons"
            data-lm-suppress-shortcuts="true"
            onKeyDown={event => event.key === 'Escape' && value !== null && back()}
          >
            {source.connected && value === null && (
              <button
                type="button"
                class="mn-btn"
                disabled={request.sent}
                onClick={() => setValue('')}
              >
                Send the signal…
              </button>
            )}
            {value !== null && (
              <>
                <Area
                  label="value of the signal"
                  value={value}
                  hint="optional: its value, as JSON or text"
                  disabled={request.sent}
                  focus
                  onInput={setValue}
                />
                <button type="button" class="mn-btn mn-primary" onClick={send}>
                  Send
                </button>
                <button type="button" class="mn-btn mn-quiet" onClick={back}>
                  Back
                </button>
              </>
            )}
            <Outcome request={request} />
            {wait.command && <Command text={wait.command} />}
          </div>
        )}
      </div>
    </li>
  );
}
