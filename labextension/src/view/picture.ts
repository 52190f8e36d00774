/** What a view draws: the JSON form of `mn_notebook.domain.picture.RunPicture`. */

export type JsonValue =
  null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** An amount of money as Python writes it: a decimal number in a string. */
export type Decimal = string;

/** An ISO 8601 instant. */
export type Instant = string;

export type RunStatus =
  'queued' | 'running' | 'waiting' | 'paused' | 'succeeded' | 'failed' | 'cancelled';

export type StepStatus =
  | 'pending'
  | 'running'
  | 'retrying'
  | 'waiting'
  | 'in_doubt'
  | 'succeeded'
  | 'failed'
  | 'skipped'
  | 'cancelled';

export type SpanStatus =
  'running' | 'succeeded' | 'failed' | 'interrupted' | 'waiting' | 'retrying';

export type Effect = 'read' | 'idempotent' | 'write';

export interface IItems {
  total: number;
  succeeded: number;
  failed: number;
  running: number;
  waiting: number;
}

export interface INode {
  name: string;
  kind: string;
  status: StepStatus;
  detail: string;
  attempts: number;
  cost_usd: Decimal | null;
  items: IItems | null;
  error: string | null;
  output: JsonValue;
  output_cut: boolean;
  model: string | null;
  tokens_in: number;
  tokens_out: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface IEdge {
  source: string;
  target: string;
  points: [number, number][];
}

export interface ICall {
  call_id: string;
  tool: string;
  effect: Effect;
  args: { [name: string]: JsonValue };
  key: string;
}

export interface IField {
  path: string;
  value: JsonValue;
  editable: boolean;
}

export interface IApproval {
  id: string;
  kind: 'approve' | 'call' | 'in_doubt';
  path: string;
  step: string;
  prompt: string;
  calls: ICall[];
  fields: IField[];
  evidence: string;
  requested_at: Instant;
  expires_at: Instant | null;
  then: string | null;
  command: string;
}

export interface ISpan {
  start: number;
  end: number | null;
  status: SpanStatus;
}

export interface IRow {
  path: string;
  status: StepStatus;
  spans: ISpan[];
}

export interface IRunPicture {
  version: 1;
  rev: number;
  run_id: string;
  short_id: string;
  workflow: string;
  title: string;
  status: RunStatus;
  status_text: string;
  scripted: boolean;
  created_at: Instant;
  finished_at: Instant | null;
  work_seconds: number;
  steps_done: number;
  steps_total: number;
  calls: number;
  tokens_in: number;
  tokens_out: number;
  cost_usd: Decimal | null;
  cost_floor_usd: Decimal;
  budget_usd: Decimal | null;
  owner: 'live' | 'gone' | 'none';
  nodes: INode[];
  edges: IEdge[];
  width: number;
  height: number;
  approvals: IApproval[];
  timeline: IRow[];
  timeline_cut: number;
  output: JsonValue;
  output_cut: boolean;
  error: string | null;
  next: string;
}

/** Whether `value` has the shape of a picture; `{}` (nothing yet) and foreign data have not. */
export function isPicture(value: unknown): value is IRunPicture {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const picture = value as Partial<IRunPicture>;
  return (
    picture.version === 1 &&
    typeof picture.run_id === 'string' &&
    typeof picture.rev === 'number' &&
    Array.isArray(picture.nodes) &&
    Array.isArray(picture.edges) &&
    Array.isArray(picture.approvals) &&
    Array.isArray(picture.timeline)
  );
}

/**
 * The picture to show after `next` arrived.
 *
 * Messages may overtake each other, so a picture never gives way to an older one of the same run.
 */
export function newer(shown: IRunPicture | null, next: IRunPicture): IRunPicture {
  return shown !== null && shown.run_id === next.run_id && next.rev < shown.rev ? shown : next;
}

/** Whether the run can still move. */
export function isActive(status: RunStatus): boolean {
  return status !== 'succeeded' && status !== 'failed' && status !== 'cancelled';
}
