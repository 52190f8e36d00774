/** A run, whole. */

import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import type { IRunSource } from '../source';
import { Approvals, Permissions } from './approval';
import { Details, mostTelling } from './details';
import { plural } from './format';
import { Graph } from './graph';
import { Header } from './header';
import { useLineBreaks, useScrollers, useSource, useWidth } from './hooks';
import { nodeAt } from './paths';
import { INode, IRunPicture, isActive } from './picture';
import { Subworkflow, firstScope, scopeOf } from './scopes';
import { Steps } from './steps';
import { Sentence, Value } from './texts';
import { Timeline } from './timeline';
import { Undo } from './undo';
import { Waits } from './waits';

const NARROW = 480;
const WIDE = 820;
const DETAILS_WIDTH = 290;
const PADDING = 28;
const ANNOUNCED = 3;
const SCOPE_PADDING = 26;

function Notes({ run, source }: { run: IRunPicture; source: IRunSource }): JSX.Element | null {
  if (!isActive(run.status)) {
    return run.actions.includes('undo') && !source.connected ? (
      <p class="mn-note" role="note">
        No kernel is connected here to undo what this run did. <code>%mn undo {run.short_id}</code>{' '}
        in its notebook, or <code>mn undo {run.short_id}</code> in a terminal, shows what can be
        undone, and does it when you say so.
      </p>
    ) : null;
  }
  if (run.owner === 'gone') {
    return (
      <p class="mn-note" role="note">
        The process that advanced this run is gone; nothing that it finished is lost.{' '}
        {source.connected
          ? 'What you decide here is recorded, and will be applied when the run is resumed.'
          : 'A decision is recorded, and will be applied when the run is resumed.'}
      </p>
    );
  }
  if (run.status === 'paused' && source.connected) {
    return (
      <p class="mn-note" role="note">
        Paused: nothing new begins until the run is resumed. What you decide meanwhile is kept.
      </p>
    );
  }
  if (!source.connected) {
    return (
      <p class="mn-note" role="note">
        This is the run as it was last shown: no kernel is connected that knows it.{' '}
        <code>%load_ext mn_notebook</code> in a cell connects this one.
      </p>
    );
  }
  return null;
}

function announcement(run: IRunPicture): string {
  const asked = run.approvals
    .slice(0, ANNOUNCED)
    .map(({ prompt, escalated }) => (escalated ? `overdue: ${prompt}` : prompt))
    .join('; ');
  const waits =
    run.approvals.length > 0 ? ` ${plural(run.approvals.length, 'approval')}: ${asked}` : '';
  return `${run.workflow}: ${run.status_text}.${waits}`;
}

/** Draw what `source` shows, and draw it again after each change. */
export function RunView({ source }: { source: IRunSource }): JSX.Element {
  useSource(source);
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  useLineBreaks(frame);
  useScrollers(frame);
  const run = source.get();
  const size =
    width === 0
      ? 'mn-medium'
      : width < NARROW
        ? 'mn-narrow'
        : width < WIDE
          ? 'mn-medium'
          : 'mn-wide';
  const still = !source.connected || run?.owner === 'gone';
  return (
    <div class={`mn-run ${size} ${still ? 'mn-still' : ''}`} ref={frame}>
      {run === null ? (
        <p class="mn-empty">There is no run to show yet.</p>
      ) : (
        <Body key={run.run_id} run={run} source={source} width={width} size={size} />
      )}
    </div>
  );
}

interface IBodyProps {
  run: IRunPicture;
  source: IRunSource;
  width: number;
  size: string;
}

function Body({ run, source, width, size }: IBodyProps): JSX.Element {
  const [chosen, setChosen] = useState<string | null>(null);
  const [opened, setOpened] = useState<string | null>(null);
  const [undoing, setUndoing] = useState(false);
  const header = useRef<HTMLDivElement>(null);
  // A run that waits has no owner, and its wait grows all the same.
  const live = source.connected && run.owner !== 'gone' && isActive(run.status);
  const narrow = size === 'mn-narrow';
  const wide = size === 'mn-wide';
  const home = mostTelling(run.nodes);
  const selected = chosen ?? (wide ? home : null);
  const node = nodeAt(run, selected);
  const scope = run.scopes.find(one => one.path === opened);
  const room = width - PADDING - (wide && node ? DETAILS_WIDTH : 0);
  const select = (path: string): void => {
    const next = nodeAt(run, path);
    setChosen(path);
    if (next?.calls_workflow) {
      setOpened(firstScope(run, next) ?? scopeOf(run, path));
    }
  };
  const open = (path: string | null): void => {
    setOpened(path);
    const first = run.scopes.find(one => one.path === path)?.nodes[0];
    setChosen(first?.path ?? null);
  };
  const details = node && <Details node={node} run={run} source={source} onOpen={open} />;
  return (
    <>
      <div ref={header}>
        <Header run={run} source={source} onUndo={() => setUndoing(true)} />
      </div>
      <div class="mn-sr" aria-live="polite">
        {announcement(run)}
      </div>
      <div class={`mn-body ${wide && node ? 'mn-split' : ''}`}>
        <div class="mn-main">
          <Notes run={run} source={source} />
          {run.error && (
            <div class="mn-pre mn-error mn-t-bad mn-run-error" role="alert">
              {run.error}
            </div>
          )}
          {undoing && (run.actions.includes('undo') || run.actions.includes('cancel')) && (
            <Undo
              run={run}
              source={source}
              onClose={() => {
                setUndoing(false);
                header.current?.querySelector<HTMLElement>('.mn-undo, .mn-focus')?.focus();
              }}
            />
          )}
          {run.nodes.length === 0 ? (
            <p class="mn-empty">No step has been planned yet.</p>
          ) : narrow ? (
            <Steps
              run={run}
              nodes={run.nodes}
              source={source}
              selected={chosen}
              onSelect={setChosen}
            />
          ) : (
            <Graph
              drawing={run}
              name={run.run_id}
              source={source}
              room={room}
              home={home}
              selected={selected}
              opened={one => opened !== null && isWithin(opened, one)}
              onSelect={select}
            />
          )}
          {!narrow && opened !== null && scope === undefined && (
            <p class="mn-note" role="note">
              {opened} is not among the subworkflows that are shown now.{' '}
              <button type="button" class="mn-link" onClick={() => open(null)}>
                Close
              </button>
            </p>
          )}
          {!narrow && scope && (
            <Subworkflow
              run={run}
              source={source}
              scope={scope}
              room={room - SCOPE_PADDING}
              selected={selected}
              onSelect={select}
              onOpen={open}
            />
          )}
          {!wide && !narrow && details}
          <Approvals run={run} source={source} />
          <Waits run={run} source={source} />
          <Permissions run={run} source={source} />
          {run.output !== null && (
            <section class="mn-result" aria-label="Output">
              <h3>Output</h3>
              <Value value={run.output} />
              {run.output_cut && (
                <p class="mn-mut">
                  Cut here; all of it: <code>{`mn.runs["${run.short_id}"].output`}</code>
                </p>
              )}
            </section>
          )}
          <Timeline run={run} live={live} />
          {run.next && (source.connected || !isAtWork(run)) && (
            <p class="mn-next">
              <b>Next:</b> <Sentence text={run.next} />
            </p>
          )}
        </div>
        {wide && details && (
          // Who works in the details keeps them, whatever becomes more telling meanwhile.
          <aside class="mn-side" onFocusCapture={() => setChosen(selected)}>
            {details}
          </aside>
        )}
      </div>
    </>
  );
}

/** Whether it would go on by itself, if its process were there: who is not connected cannot know. */
function isAtWork(run: IRunPicture): boolean {
  return run.status === 'running' || run.status === 'queued';
}

/** Whether the subworkflow at `path` is one of a step, or lies deeper in one of it. */
function isWithin(path: string, node: INode): boolean {
  return node.calls_workflow !== null && path.startsWith(node.path);
}
