/** The states of runs and steps: their colour, their icon and their word. */

import type { JSX } from 'preact';

import type { RunStatus, SpanStatus, StepStatus } from './picture';

export type Status = RunStatus | StepStatus | SpanStatus;
export type Tone = 'ok' | 'run' | 'wait' | 'bad' | 'idle';

const TONES: { [status in Status]: Tone } = {
  queued: 'idle',
  pending: 'idle',
  paused: 'idle',
  skipped: 'idle',
  cancelled: 'idle',
  running: 'run',
  retrying: 'run',
  waiting: 'wait',
  interrupted: 'idle',
  in_doubt: 'bad',
  failed: 'bad',
  succeeded: 'ok'
};

/** The class that gives a thing the colours of its state. */
export function toneOf(status: Status): string {
  return `mn-t-${TONES[status] ?? 'idle'}`;
}

/** `in_doubt` → `in doubt`. */
export function wordOf(status: Status): string {
  return status.replace('_', ' ');
}

const SHAPES: { [status in Status]?: JSX.Element } = {
  succeeded: <path d="M3 8.5 6.5 12 13 4.5" />,
  failed: <path d="M4 4l8 8M12 4l-8 8" />,
  in_doubt: <path d="M8 1.8 14.6 14H1.4zM8 6v3.8M8 11.4v.9" />,
  waiting: <path d="M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0M8 4.6V8l2.3 1.5" />,
  running: (
    <g>
      <circle class="mn-track" cx="8" cy="8" r="6" />
      <path class="mn-spin" d="M8 2a6 6 0 0 1 6 6" />
    </g>
  ),
  retrying: <path d="M13 5.5A5.6 5.6 0 1 0 13.6 9M13.4 2v3.8H9.6" />,
  paused: <path d="M5.5 3.5v9M10.5 3.5v9" />,
  skipped: <path d="M3 4l5 4-5 4M9 4l5 4-5 4" />,
  cancelled: <path d="M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0M4 12l8-8" />,
  interrupted: <path d="M9.5 1.5 4 9h4l-1.5 5.5L12 7H8z" />
};

const RING = <path stroke-dasharray="2.4 2.3" d="M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0" />;

/** The icon of a state; a nested `svg`, so that it can stand in text and in the graph. */
export function StatusIcon({
  status,
  x,
  y,
  size = 14
}: {
  status: Status;
  x?: number;
  y?: number;
  size?: number;
}): JSX.Element {
  return (
    <svg
      class={`mn-icon ${toneOf(status)}`}
      x={x}
      y={y}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      aria-hidden="true"
    >
      {SHAPES[status] ?? RING}
    </svg>
  );
}
