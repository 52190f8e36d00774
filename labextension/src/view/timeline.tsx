/** What went on when. */

import type { JSX } from 'preact';

import { formatSeconds, plural } from './format';
import { useNow } from './hooks';
import type { IRow, IRunPicture } from './picture';
import { horizon, makeScale } from './scale';
import { toneOf, wordOf } from './status';

function lengthOf(row: IRow, end: number): string {
  const last = row.spans[row.spans.length - 1];
  if (!last) {
    return '';
  }
  if (last.end === null && last.status !== 'running') {
    return wordOf(last.status);
  }
  const seconds = row.spans
    .filter(span => span.status !== 'waiting' || row.spans.length === 1)
    .reduce((sum, span) => sum + (span.end ?? end) - span.start, 0);
  return formatSeconds(seconds);
}

/** One bar for each stretch; while `live`, what goes on grows with the time. */
export function Timeline({ run, live }: { run: IRunPicture; live: boolean }): JSX.Element | null {
  const nowMs = useNow(live);
  const now = live ? (nowMs - new Date(run.created_at).getTime()) / 1000 : 0;
  if (run.timeline.length === 0) {
    return null;
  }
  const end = horizon(run.timeline, now);
  const scale = makeScale(run.timeline, end);
  return (
    <section class="mn-timeline" aria-label="Timeline">
      <h3>
        Timeline{scale.shortened && <span class="mn-aside"> · long waits are drawn shorter</span>}
      </h3>
      <div class="mn-rows">
        {run.timeline.map(row => (
          <div class="mn-row" key={row.path}>
            <span class="mn-path" title={row.path}>
              {row.path}
            </span>
            <span class="mn-bar">
              {row.spans.map((span, index) => {
                const from = scale.at(span.start);
                const to = scale.at(span.end ?? end);
                return (
                  <i
                    key={index}
                    class={`mn-span mn-span-${span.status} ${toneOf(span.status)}`}
                    style={{ left: `${from * 100}%`, width: `${(to - from) * 100}%` }}
                    title={`${wordOf(span.status)}, ${formatSeconds((span.end ?? end) - span.start)}`}
                  />
                );
              })}
            </span>
            <span class="mn-num mn-length">{lengthOf(row, end)}</span>
          </div>
        ))}
      </div>
      {run.timeline_cut > 0 && <p class="mn-mut">and {plural(run.timeline_cut, 'further row')}</p>}
    </section>
  );
}
