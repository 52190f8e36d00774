/** The time axis of the timeline: work to scale, long waits shortened. */

import type { IRow } from './picture';

export interface IScale {
  /** Where a moment lies, from 0 to 1. */
  at(seconds: number): number;
  /** Whether stretches in which nothing but waiting went on were drawn shorter than they were. */
  shortened: boolean;
}

const ROOM_TO_WAIT = 1.12;

/** The last second that the rows speak of, `now` included when something goes on. */
export function horizon(rows: readonly IRow[], now: number): number {
  let last = 0;
  let open = false;
  let waits = false;
  for (const row of rows) {
    for (const span of row.spans) {
      last = Math.max(last, span.start, span.end ?? 0);
      open ||= span.end === null;
      waits ||= span.end === null && span.status === 'waiting';
    }
  }
  // Somebody who waits is seen to wait, even where nobody knows how late it is.
  return open ? Math.max(waits ? last * ROOM_TO_WAIT : last, now) : last;
}

/**
 * Make the scale of a timeline that ends at `end`.
 *
 * An approval may wait for days beside seconds of work. A stretch without work is drawn at most
 * as long as half of all work together, so that the work can still be read.
 */
export function makeScale(rows: readonly IRow[], end: number): IScale {
  const busy = workIntervals(rows, end);
  const work = busy.reduce((sum, [from, to]) => sum + to - from, 0);
  const most = work > 0 ? work / 2 : Number.POSITIVE_INFINITY;
  const marks: [number, number][] = [[0, 0]];
  let shortened = false;
  let drawn = 0;
  let reached = 0;
  const idle = (until: number): void => {
    const gap = until - reached;
    if (gap > 0) {
      shortened ||= gap > most;
      drawn += Math.min(gap, most);
      marks.push([until, drawn]);
    }
  };
  for (const [from, to] of busy) {
    idle(from);
    drawn += to - from;
    marks.push([to, drawn]);
    reached = to;
  }
  idle(end);
  const total = drawn > 0 ? drawn : 1;
  return { shortened, at: seconds => place(marks, seconds) / total };
}

function workIntervals(rows: readonly IRow[], end: number): [number, number][] {
  const spans = rows
    .flatMap(row => row.spans)
    .filter(span => span.status !== 'waiting')
    .map((span): [number, number] => [span.start, Math.max(span.start, span.end ?? end)])
    .sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [from, to] of spans) {
    const last = merged[merged.length - 1];
    if (last && from <= last[1]) {
      last[1] = Math.max(last[1], to);
    } else {
      merged.push([from, to]);
    }
  }
  return merged;
}

function place(marks: readonly [number, number][], seconds: number): number {
  for (let index = 1; index < marks.length; index++) {
    const [from, drawnFrom] = marks[index - 1];
    const [to, drawnTo] = marks[index];
    if (seconds <= to) {
      const share = to > from ? (seconds - from) / (to - from) : 0;
      return drawnFrom + Math.max(0, share) * (drawnTo - drawnFrom);
    }
  }
  return marks[marks.length - 1][1];
}
