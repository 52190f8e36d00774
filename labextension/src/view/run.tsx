/** A run, whole. */

import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import type { IRunSource } from '../source';
import { ApprovalCard } from './approval';
import { Details, mostTelling } from './details';
import { plural } from './format';
import { Graph } from './graph';
import { Header } from './header';
import { useNow, useSource, useWidth } from './hooks';
import { IRunPicture, isActive } from './picture';
import { Steps } from './steps';
import { Sentence, Value } from './texts';
import { Timeline } from './timeline';

const NARROW = 480;
const WIDE = 820;
const DETAILS_WIDTH = 290;
const PADDING = 28;

function Notes({ run, source }: { run: IRunPicture; source: IRunSource }): JSX.Element | null {
  if (!isActive(run.status)) {
    return null;
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
  if (!source.connected) {
    return (
      <p class="mn-note" role="note">
        This is the run as it was saved: no kernel is connected that knows it.
      </p>
    );
  }
  return null;
}

function announcement(run: IRunPicture): string {
  const asked = run.approvals.map(approval => approval.prompt).join('; ');
  const waits =
    run.approvals.length > 0 ? ` ${plural(run.approvals.length, 'approval')}: ${asked}` : '';
  return `${run.workflow}: ${run.status_text}.${waits}`;
}

/** Draw what `source` shows, and draw it again after each change. */
export function RunView({ source }: { source: IRunSource }): JSX.Element {
  useSource(source);
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const run = source.get();
  const size =
    width === 0
      ? 'mn-medium'
      : width < NARROW
        ? 'mn-narrow'
        : width < WIDE
          ? 'mn-medium'
          : 'mn-wide';
  return (
    <div class={`mn-run ${size}`} ref={frame}>
      {run === null ? (
        <p class="mn-empty">There is no run to show yet.</p>
      ) : (
        <Body key={run.run_id} run={run} source={source} width={width} size={size} />
      )}
    </div>
  );
}

function Body({
  run,
  source,
  width,
  size
}: {
  run: IRunPicture;
  source: IRunSource;
  width: number;
  size: string;
}): JSX.Element {
  const [chosen, setChosen] = useState<string | null>(null);
  const live = source.connected && run.owner === 'live' && isActive(run.status);
  const nowMs = useNow(live);
  const now = live ? (nowMs - new Date(run.created_at).getTime()) / 1000 : 0;
  const narrow = size === 'mn-narrow';
  const wide = size === 'mn-wide';
  const home = mostTelling(run.nodes);
  const selected = chosen ?? (wide ? home : null);
  const node = run.nodes.find(one => one.name === selected);
  const room = width - PADDING - (wide && node ? DETAILS_WIDTH : 0);
  return (
    <>
      <Header run={run} source={source} />
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
          {run.nodes.length === 0 ? (
            <p class="mn-empty">No step has been planned yet.</p>
          ) : narrow ? (
            <Steps run={run} selected={chosen} onSelect={setChosen} />
          ) : (
            <Graph run={run} room={room} home={home} selected={selected} onSelect={setChosen} />
          )}
          {!wide && !narrow && node && <Details node={node} run={run} />}
          {run.approvals.map(approval => (
            <ApprovalCard
              key={approval.id}
              approval={approval}
              run={run}
              source={source}
              now={nowMs}
            />
          ))}
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
          <Timeline run={run} now={now} />
          {run.next && (
            <p class="mn-next">
              <b>Next:</b> <Sentence text={run.next} />
            </p>
          )}
        </div>
        {wide && node && (
          <aside class="mn-side">
            <Details node={node} run={run} />
          </aside>
        )}
      </div>
    </>
  );
}
