/** What a person can do with a run and with one of its steps. */

import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import type { IRunSource } from '../source';
import { readResult } from './edits';
import { Area, Line } from './fields';
import { IRequest, useRequest } from './hooks';
import type { INode, IRunPicture, RunAction } from './picture';
import { Outcome } from './texts';

const WORDS: [RunAction, string, string][] = [
  ['resume', 'Resume', 'Go on where the run stopped'],
  ['pause', 'Pause', 'Let what is under way finish, and begin nothing new'],
  ['retry', 'Retry failed steps', 'Try every failed step afresh'],
  ['keep', 'Stop undoing', 'Leave the rest as it is, after the call that is being undone']
];

/** The buttons of the header; cancelling asks once more, in the same place. */
export function RunActions({
  run,
  source,
  request,
  onUndo
}: {
  run: IRunPicture;
  source: IRunSource;
  request: IRequest;
  /** Told that somebody wants to see what could be undone. */
  onUndo(): void;
}): JSX.Element | null {
  const [asking, setAsking] = useState(false);
  const group = useRef<HTMLSpanElement>(null);
  if (!source.connected || run.actions.length === 0) {
    return null;
  }
  const ask = (whether: boolean): void => {
    setAsking(whether);
    requestAnimationFrame(() => group.current?.querySelector<HTMLElement>('.mn-focus')?.focus());
  };
  if (asking && run.actions.includes('cancel')) {
    return (
      <span
        ref={group}
        class="mn-asking"
        role="group"
        aria-label="Cancel this run?"
        onKeyDown={event => event.key === 'Escape' && ask(false)}
      >
        <span class="mn-mut">
          Cancel this run? What it did stays{run.undoable > 0 && ', unless you undo it'}.
        </span>
        <button
          type="button"
          class="mn-btn mn-danger mn-t-bad"
          onClick={() => {
            // The buttons go with the run's end: who uses keys stays at its header.
            group.current?.closest<HTMLElement>('.mn-head')?.focus({ preventScroll: true });
            setAsking(false);
            request.send({ verb: 'cancel', run_id: run.run_id });
          }}
        >
          Cancel the run
        </button>
        {run.undoable > 0 && (
          <button
            type="button"
            class="mn-btn"
            onClick={() => {
              setAsking(false);
              onUndo();
            }}
          >
            And undo what it did…
          </button>
        )}
        <button type="button" class="mn-btn mn-quiet mn-focus" onClick={() => ask(false)}>
          Keep it
        </button>
      </span>
    );
  }
  return (
    <span ref={group} class="mn-asking">
      {WORDS.filter(([verb]) => run.actions.includes(verb)).map(([verb, word, title]) => (
        <button
          key={verb}
          type="button"
          class="mn-btn"
          title={title}
          disabled={request.sent}
          onClick={() => request.send({ verb, run_id: run.run_id })}
        >
          {word}
        </button>
      ))}
      {run.actions.includes('undo') && (
        <button type="button" class="mn-btn mn-undo" onClick={onUndo}>
          Undo…
        </button>
      )}
      {run.actions.includes('cancel') && (
        <button
          type="button"
          class="mn-btn mn-focus"
          disabled={request.sent}
          onClick={() => ask(true)}
        >
          Cancel…
        </button>
      )}
    </span>
  );
}

/** The buttons of a step; skipping it asks for a value and a reason first. */
export function StepActions({
  node,
  run,
  source
}: {
  node: INode;
  run: IRunPicture;
  source: IRunSource;
}): JSX.Element | null {
  const [skipping, setSkipping] = useState(false);
  const request = useRequest(source);
  const offered = source.connected && node.actions.length > 0;
  if (!offered && request.reply === null) {
    return null;
  }
  const ids = { run_id: run.run_id, path: node.path };
  return (
    <div class="mn-can" data-lm-suppress-shortcuts="true">
      {offered && <h3>You could</h3>}
      {offered && skipping && node.actions.includes('skip') ? (
        <SkipForm
          onBack={() => setSkipping(false)}
          onSkip={(typed, because) => {
            setSkipping(false);
            const value = typed.trim() === '' ? {} : { value: readResult(typed) };
            request.send({
              verb: 'skip',
              ...ids,
              has_value: 'value' in value,
              ...value,
              because: because.trim()
            });
          }}
        />
      ) : (
        offered && (
          <div class="mn-buttons">
            {node.actions.includes('retry') && (
              <button
                type="button"
                class="mn-btn"
                disabled={request.sent}
                onClick={() => request.send({ verb: 'retry', ...ids })}
              >
                Retry
              </button>
            )}
            {node.actions.includes('skip') && (
              <button
                type="button"
                class="mn-btn"
                disabled={request.sent}
                onClick={() => setSkipping(true)}
              >
                Skip…
              </button>
            )}
          </div>
        )
      )}
      <Outcome request={request} />
    </div>
  );
}

function SkipForm({
  onBack,
  onSkip
}: {
  onBack(): void;
  onSkip(value: string, because: string): void;
}): JSX.Element {
  const [value, setValue] = useState('');
  const [because, setBecause] = useState('');
  const [tried, setTried] = useState(false);
  const given = value.trim() !== '';
  const missing = because.trim() === '';
  return (
    <form
      class="mn-skip"
      noValidate
      onSubmit={event => {
        event.preventDefault();
        if (missing) {
          setTried(true);
        } else {
          onSkip(value, because);
        }
      }}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          onBack();
        } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          event.currentTarget.requestSubmit();
        }
      }}
    >
      <Line name="value">
        <Area
          label="value"
          value={value}
          hint="optional: what stands for its output"
          disabled={false}
          focus
          onInput={setValue}
        />
      </Line>
      <Line name="because">
        <Area
          label="because"
          value={because}
          bad={tried && missing}
          hint="why; kept with the run"
          disabled={false}
          onInput={setBecause}
        />
        {tried && missing && (
          <div class="mn-said mn-t-bad" role="alert">
            Say why: it is kept with the run.
          </div>
        )}
      </Line>
      <div class="mn-buttons">
        <button class="mn-btn mn-primary">{given ? 'Skip with this value' : 'Skip'}</button>
        <button type="button" class="mn-btn mn-quiet" onClick={onBack}>
          Back
        </button>
      </div>
      <p class="mn-mut">
        {given
          ? 'The step counts as succeeded with this value.'
          : 'Without a value the step counts as skipped, and what follows goes by that.'}
      </p>
    </form>
  );
}
