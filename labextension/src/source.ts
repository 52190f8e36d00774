/** Where a view gets its picture from, and where it sends what a person decided. */

import { isOf, mayWrite } from './view/paths';
import { IRunPicture, JsonValue, completed, isPicture, newer } from './view/picture';

export type Verb =
  | 'approve'
  | 'reject'
  | 'settle'
  | 'answer'
  | 'pause'
  | 'resume'
  | 'cancel'
  | 'retry'
  | 'skip'
  | 'signal'
  | 'delegate'
  | 'revoke'
  | 'look_undo'
  | 'look_saved'
  | 'undo'
  | 'keep';

/** What a person asked for; `id` names the request, so that its reply finds back. */
export interface IAction {
  verb: Verb;
  id: string;
  run_id: string;
  approval_id?: string;
  /** The step that is retried or skipped; without it all failed steps are retried. */
  path?: string;
  edits?: { [path: string]: JsonValue };
  /** The fields of a form. */
  values?: { [name: string]: JsonValue };
  because?: string;
  outcome?: 'happened' | 'not_happened' | 'skip' | 'stop';
  value?: JsonValue;
  /** Whether `value` was given: null is a value, too. */
  has_value?: boolean;
  /** Whether an approval allows all further calls of the tool in this run. */
  always?: boolean;
  /** Who should decide instead. */
  to?: string;
  /** The tool that needs an approval again. */
  tool?: string;
  /** The name of a signal. */
  signal?: string;
  /** Whether what a cancelled run did is undone. */
  undo?: boolean;
  /** The calls that somebody saw, and wants undone. */
  calls?: string[];
  /** The steps, or items of them, whose calls are left as they are. */
  leave?: string[];
  /** The model of all further calls, where a budget is used up. */
  model?: string;
  /** Whether calls are undone once more that may have been undone already. */
  again?: boolean;
}

/** What undoing a run would do. */
export interface IUndoPlan {
  /** Else the run has to be stopped first. */
  ended: boolean;
  so_far: string[];
  /** In the order in which they are undone. */
  calls: { call_id: string; path: string; text: string; doubt: boolean }[];
  stays: string[];
  /** Later runs that have what these calls gave: a heading, and a line for each. */
  inherited: string[];
  /** Who does it. */
  by: string;
}

/**
 * What a model has written so far at a step; it may be lost, and is never kept.
 *
 * It replaces what was said of the same path before, so that no message matters for the next.
 */
export interface IText {
  verb: 'text';
  run_id: string;
  /** The step with its item and iteration. */
  path: string;
  call_id: string;
  /** The end of the text. */
  tail: string;
  /** How many characters there are in all. */
  length: number;
}

export interface IReply {
  verb: 'reply';
  id: string;
  ok: boolean;
  message: string;
  /** What was asked for with `look_undo`. */
  plan?: IUndoPlan;
  /** What was asked for with `look_saved`: the run in every form that a notebook keeps. */
  bundle?: { [mimeType: string]: JsonValue };
}

export interface IRunSource {
  /** The newest picture; null before there is one. */
  get(): IRunPicture | null;
  /** Whether somebody is there to take an action. */
  readonly connected: boolean;
  /** Call `listener` after each change; returns how to stop that. */
  subscribe(listener: () => void): () => void;
  /** What is being written at `path`, which is a step, an item or an iteration; null: nothing. */
  text(path: string): IText | null;
  /** Call `listener` after each change of what is being written; returns how to stop that. */
  watch(listener: () => void): () => void;
  /** Send an action; the promise always resolves, with `ok: false` when it could not be taken. */
  act(action: IAction): Promise<IReply>;
}

/** A new name for a request. */
export function requestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}

const LOST = 'The kernel went away before it answered. Look at the run before you decide again.';
const NOBODY = 'No kernel is connected, so nothing was sent.';

/** The source that every host uses; the host says how to send, and hands in what it receives. */
export class LiveSource implements IRunSource {
  private _picture: IRunPicture | null = null;
  private _send: ((action: IAction) => void) | null = null;
  private readonly _listeners = new Set<() => void>();
  private readonly _open = new Map<string, (reply: IReply) => void>();
  /** By path; the newest text stands last. */
  private readonly _texts = new Map<string, IText>();
  private readonly _watchers = new Set<() => void>();

  get connected(): boolean {
    return this._send !== null;
  }

  get(): IRunPicture | null {
    return this._picture;
  }

  subscribe(listener: () => void): () => void {
    this._listeners.add(listener);
    return () => this._listeners.delete(listener);
  }

  text(path: string): IText | null {
    const found = [...this._texts.values()].filter(text => isOf(text.path, path));
    return found[found.length - 1] ?? null;
  }

  watch(listener: () => void): () => void {
    this._watchers.add(listener);
    return () => this._watchers.delete(listener);
  }

  act(action: IAction): Promise<IReply> {
    const send = this._send;
    if (send === null) {
      return Promise.resolve(refusal(action.id, NOBODY));
    }
    return new Promise(resolve => {
      this._open.set(action.id, resolve);
      try {
        send(action);
      } catch {
        this._open.delete(action.id);
        resolve(refusal(action.id, NOBODY));
      }
    });
  }

  /** Take a picture, unless it is older than the one that is shown. */
  show(candidate: unknown): void {
    if (!isPicture(candidate)) {
      return;
    }
    const next = newer(this._picture, candidate);
    if (next !== this._picture) {
      this._picture = completed(next);
      this._forget(this._picture);
      this._tell();
    }
  }

  /** Take a message of the kernel: a picture, a text that is being written, or a reply. */
  receive(message: unknown): void {
    if (typeof message !== 'object' || message === null) {
      return;
    }
    const { verb } = message as { verb?: unknown };
    if (verb === 'picture') {
      this.show((message as { picture?: unknown }).picture);
    } else if (verb === 'text') {
      this._write(message as IText);
    } else if (verb === 'reply') {
      const reply = message as IReply;
      this._open.get(reply.id)?.(reply);
      this._open.delete(reply.id);
    }
  }

  /** Say how actions travel from now on. */
  connect(send: (action: IAction) => void): void {
    this._send = send;
    this._tell();
  }

  /** Nobody is there any more: what was sent and not answered is answered as unknown. */
  disconnect(): void {
    if (this._send === null && this._open.size === 0) {
      return;
    }
    this._send = null;
    this._texts.clear();
    const open = [...this._open];
    this._open.clear();
    for (const [id, resolve] of open) {
      resolve(refusal(id, LOST));
    }
    this._tell();
  }

  private _write(text: IText): void {
    const run = this._picture;
    if (run === null || run.run_id !== text.run_id || !mayWrite(run, text.path)) {
      return;
    }
    this._texts.delete(text.path);
    if (text.tail !== '') {
      this._texts.set(text.path, text);
    }
    tell(this._watchers);
  }

  /** Let go of the texts of steps that have ended: their output says it all. */
  private _forget(run: IRunPicture): void {
    for (const { path, run_id } of [...this._texts.values()]) {
      if (run_id !== run.run_id || !mayWrite(run, path)) {
        this._texts.delete(path);
      }
    }
  }

  private _tell(): void {
    tell(this._listeners);
    tell(this._watchers);
  }
}

function tell(listeners: Set<() => void>): void {
  for (const listener of [...listeners]) {
    listener();
  }
}

function refusal(id: string, message: string): IReply {
  return { verb: 'reply', id, ok: false, message };
}
