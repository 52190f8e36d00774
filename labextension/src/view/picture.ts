/** What a view draws: the JSON form of `mn_notebook.domain.picture.RunPicture`. */

import { seen } from './format';

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

/** An item that somebody may want to look at: in trouble, or at work. */
export interface IItem {
  key: string;
  path: string;
  status: StepStatus;
}

export interface IItems {
  total: number;
  succeeded: number;
  failed: number;
  running: number;
  waiting: number;
  skipped: number;
  /** Some of them, trouble first; the numbers count all. */
  telling: IItem[];
}

export type NodeAction = 'retry' | 'skip';
export type RunAction = 'pause' | 'resume' | 'cancel' | 'retry' | 'undo' | 'keep';

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
  path: string;
  iteration: number;
  at_most: number | null;
  reused: boolean;
  stand_in: string | null;
  calls_workflow: string | null;
  actions: NodeAction[];
  /** So many steps are put together in this box, and counted in `items`; 0: it is a step. */
  stands_for: number;
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
  /** What may be changed before the call is approved. */
  arguments: IFormField[];
}

export interface IField {
  path: string;
  value: JsonValue;
  editable: boolean;
}

/** A JSON Schema, as far as a form reads it. */
export type Schema = { [keyword: string]: JsonValue };

export interface IFormField {
  name: string;
  type_text: string;
  json_schema: Schema;
  required: boolean;
}

export interface IChoice {
  decision: 'approve' | 'reject' | 'answer' | 'happened' | 'not_happened' | 'cheaper' | 'stop';
  label: string;
  leads_to: string;
}

export interface IPermission {
  tool: string;
  by: string;
  command: string;
}

/** What is asked when a budget is used up. */
export interface IBudgetQuestion {
  whose: string;
  used: string;
  how: string;
  counted: Decimal;
  limit: Decimal;
  /** What the call needs that did not fit; 0: that is not known. */
  wanted: Decimal;
  wanted_text: string;
  waiting: string;
  spent_on: string;
  left: string;
  word: 'usd' | 'calls' | 'tokens' | 'time' | 'unknown_price';
  offer: string;
  unit: string;
  model: string;
  cheaper: string;
  /** A cheaper model would help. */
  another_model: boolean;
}

export interface IApproval {
  id: string;
  kind: 'approve' | 'call' | 'in_doubt' | 'ask' | 'budget';
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
  form: IFormField[];
  escalated: boolean;
  escalated_to: string;
  redo: string | null;
  because: string;
  said: string;
  cost_usd: Decimal | null;
  needed: number;
  given: string[];
  delegated_to: string;
  choices: IChoice[];
  may_always: boolean;
  budget: IBudgetQuestion | null;
}

export interface IWait {
  path: string;
  signal: string | null;
  until: Instant | null;
  command: string;
}

/** What a graph is drawn from. */
export interface IDrawing {
  nodes: INode[];
  edges: IEdge[];
  width: number;
  height: number;
}

export interface IScope extends IDrawing {
  path: string;
  workflow: string;
  status: StepStatus;
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

export interface IRunPicture extends IDrawing {
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
  /** Estimates of calls that have no outcome; absent in older saved pictures. */
  reserved_usd?: Decimal;
  /** What is used of each limit of the budget, in words. */
  budget?: string[];
  /** Which calls were not made because identical ones had been, and what that saved; or ''. */
  spared?: string;
  owner: 'live' | 'gone' | 'none';
  approvals: IApproval[];
  timeline: IRow[];
  timeline_cut: number;
  output: JsonValue;
  output_cut: boolean;
  error: string | null;
  next: string;
  waits: IWait[];
  scopes: IScope[];
  scopes_cut: number;
  approvals_cut: number;
  waits_cut: number;
  actions: RunAction[];
  reuses: string | null;
  workflow_version: string;
  permissions: IPermission[];
  /** How many calls an undo would deal with. */
  undoable: number;
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
 * A saved picture may be older than a field: every field is there, and says nothing.
 *
 * Texts that are only read show what they hide. Those that a decision sends back (paths, arguments,
 * what may be edited) are kept as they are, and made visible where they are drawn.
 */
export function completed(picture: IRunPicture): IRunPicture {
  const actions: RunAction[] = isActive(picture.status) ? ['cancel'] : [];
  return {
    ...NOTHING_MORE,
    ...picture,
    workflow: seen(picture.workflow ?? ''),
    title: seen(picture.title ?? ''),
    next: seen(picture.next ?? ''),
    error: picture.error && seen(picture.error),
    actions: picture.actions ?? actions,
    nodes: picture.nodes.map(completedNode),
    approvals: picture.approvals.map(approval => ({
      ...PLAIN_APPROVAL,
      ...approval,
      prompt: seen(approval.prompt ?? ''),
      evidence: seen(approval.evidence ?? ''),
      because: seen(approval.because ?? ''),
      said: seen(approval.said ?? ''),
      calls: approval.calls.map(call => ({ ...PLAIN_CALL, ...call }))
    })),
    scopes: (picture.scopes ?? []).map(scope => ({
      ...scope,
      nodes: scope.nodes.map(completedNode)
    }))
  };
}

const NOTHING_MORE = {
  waits: [],
  scopes_cut: 0,
  approvals_cut: 0,
  waits_cut: 0,
  reuses: null,
  permissions: [],
  undoable: 0,
  workflow_version: ''
};
const PLAIN_CALL = { arguments: [] };
const PLAIN_APPROVAL = {
  form: [],
  escalated: false,
  escalated_to: '',
  redo: null,
  because: '',
  said: '',
  cost_usd: null,
  needed: 1,
  given: [],
  delegated_to: '',
  choices: [],
  may_always: false,
  budget: null
};
const PLAIN_NODE = {
  iteration: 1,
  at_most: null,
  reused: false,
  stand_in: null,
  calls_workflow: null,
  actions: [],
  stands_for: 0
};

function completedNode(node: INode): INode {
  const items = node.items && {
    ...node.items,
    skipped: node.items.skipped ?? 0,
    telling: node.items.telling ?? []
  };
  return {
    ...PLAIN_NODE,
    ...node,
    detail: seen(node.detail ?? ''),
    error: node.error && seen(node.error),
    path: node.path || node.name,
    items
  };
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
