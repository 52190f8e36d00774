/** What went on when. */

import type { JSX } from 'preact';

import { formatSeconds, plural, seen } from './format';
import { useNow, useTail } from './hooks';
import type { IRow, IRunPicture, ISpan } from './picture';
import { horizon, makeScale } from './scale';
import { toneOf, wordOf } from './status';

/** How long a row's work took; of one that only waited, how long it waited; or that it goes on. */
export function lengthOf(row: IRow, end: number): string {
  const last = row.spans[row.spans.length - 1];
  if (!last) {
    return '';
  }
  if (last.end === null && last.status !== 'running') {
    return wordOf(row.status);
  }
  const total = (spans: ISpan[]): number =>
    spans.reduce((sum, span) => sum + (span.end ?? end) - span.start, 0);
  const work = total(row.spans.filter(span => span.status !== 'waiting'));
  return formatSeconds(work < NO_WORK_SECONDS ? total(row.spans) : work);
}

const NO_WORK_SECONDS = 0.0005;

/** Work that was over before its step was: a person was asked in the middle of it. */
function isOver(span: ISpan): boolean {
  return span.status === 'running' && span.end !== null;
}

/** `each[0]/` and `rate#2`: where there is no room, the end of a path says more than its beginning. */
export function pathParts(path: string): [string, string] {
  const slash = path.lastIndexOf('/') + 1;
  // A slash inside the key of an item parts nothing.
  const cut = slash > 0 && !/^[^[]*\]/.test(path.slice(slash)) ? slash : path.indexOf('[');
  return cut > 0 && cut < path.length ? [path.slice(0, cut), path.slice(cut)] : ['', path];
}

/** Waits are long: to draw them once a second would say nothing more. */
const WAITING_MS = 20_000;

/** The second that an open stretch reaches: now, or the run's end; 0: nobody knows. */
export function reached(
  { created_at, finished_at }: Pick<IRunPicture, 'created_at' | 'finished_at'>,
  nowMs: number | null
): number {
  const until = nowMs ?? (finished_at === null ? null : new Date(finished_at).getTime());
  return until === null ? 0 : (until - new Date(created_at).getTime()) / 1000;
}

function goesOn({ end, status }: ISpan): boolean {
  return end === null && status !== 'waiting';
}

/** One bar for each stretch; while `live`, what goes on grows with the time. */
export function Timeline({ run, live }: { run: IRunPicture; live: boolean }): JSX.Element | null {
  const busy = live && run.timeline.some(row => row.spans.some(goesOn));
  const nowMs = useNow(live, busy ? 1000 : WAITING_MS);
  const rows = useTail(busy);
  const now = reached(run, live ? nowMs : null);
  if (run.timeline.length === 0) {
    return null;
  }
  const end = horizon(run.timeline, now);
  const scale = makeScale(run.timeline, end);
  return (
    <section class="mn-timeline" aria-label="Timeline">
      <h3>
        Timeline
        {scale.shortened && (
          <span class="mn-aside">
            {' · '}
            {run.timeline_cut > 0 ? 'what is not listed is' : 'long waits are'} drawn shorter
          </span>
        )}
      </h3>
      <div class="mn-rows" ref={rows}>
        {run.timeline.map(row => (
          <div class="mn-row" key={row.path}>
            <Path path={seen(row.path)} />
            <span class="mn-bar">
              {row.spans.map((span, index) => {
                const from = scale.at(span.start);
                const to = scale.at(span.end ?? end);
                return (
                  <i
                    key={index}
                    class={`mn-span mn-span-${span.status} ${toneOf(isOver(span) ? 'pending' : span.status)}`}
                    style={{ left: `${from * 100}%`, width: `${(to - from) * 100}%` }}
                    title={`${isOver(span) ? 'worked' : wordOf(span.status)}, ${formatSeconds((span.end ?? end) - span.start)}`}
                  />
                );
              })}
            </span>
            <span class="mn-num mn-length">{lengthOf(row, end)}</span>
          </div>
        ))}
      </div>
      {run.timeline_cut > 0 && (
        <p class="mn-mut mn-rest">
          and {plural(run.timeline_cut, 'further row')}: <code>%mn log {run.short_id}</code>
        </p>
      )}
    </section>
  );
}

function Path({ path }: { path: string }): JSX.Element {
  const [head, tail] = pathParts(path);
  return (
    <span class="mn-path" title={path}>
      {head && <span class="mn-path-head">{head}</span>}
      <span>{tail}</span>
    </span>
  );
}
