/** What approvals are made of: lines with a name, calls, and texts that may be edited. */

import type { ComponentChildren, JSX } from 'preact';

import { aroundChanges, asProposed, diffWords } from './edits';
import { asText, formatCount, seen, shorten, unseen } from './format';
import type { ICall, IField } from './picture';

const EFFECTS: { [effect in ICall['effect']]: [string, string] } = {
  read: ['mn-t-idle', 'only looks'],
  idempotent: ['mn-t-run', 'may be repeated without harm'],
  write: ['mn-t-bad', 'changes the world; called once']
};

/** A call that is asked about, in full; `bare`: its arguments are shown elsewhere, as fields. */
export function Call({ call, bare = false }: { call: ICall; bare?: boolean }): JSX.Element {
  const [tone, meaning] = EFFECTS[call.effect];
  const args = bare ? [] : Object.entries(call.args);
  return (
    <div class="mn-call" role="group" aria-label={`Call of ${call.tool}`}>
      <Line name="tool">
        <b>{seen(call.tool)}</b> <span class={`mn-pill ${tone}`}>{call.effect}</span>{' '}
        <span class="mn-mut">
          {meaning}
          {call.key && (
            <>
              , key <span title={call.key}>{shorten(call.key, 12)}</span>
            </>
          )}
        </span>
      </Line>
      {args.map(([name, value]) => (
        <Line key={name} name={name}>
          <Text text={asText(value)} />
        </Line>
      ))}
    </div>
  );
}

/** A value beside its name. */
export function Line({
  name,
  children
}: {
  name: string;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <div class="mn-line">
      <span class="mn-line-name">{seen(name)}</span>
      <div class="mn-line-value">{children}</div>
    </div>
  );
}

function focusOnce(element: HTMLElement | null): void {
  element?.focus({ preventScroll: true });
}

const LONG = 2000;

/** A text that is shown whole, and scrolled where it is long; then its length is said. */
export function Text({ text }: { text: string }): JSX.Element {
  return (
    <>
      <div class="mn-text">{seen(text) || '—'}</div>
      {text.length > LONG && (
        <div class="mn-mut">{formatCount(text.length)} characters, all of them here: scroll</div>
      )}
    </>
  );
}

/** A text that is typed; it grows with what is in it. */
export function Area(props: {
  label: string;
  value: string;
  hint?: string;
  bad?: boolean;
  disabled: boolean;
  /** Whether it takes the focus when it appears. */
  focus?: boolean;
  onInput(text: string): void;
}): JSX.Element {
  return (
    <textarea
      class="mn-input"
      aria-label={props.label}
      aria-invalid={props.bad ?? false}
      placeholder={props.hint}
      rows={rowsOf(props.value)}
      disabled={props.disabled}
      ref={props.focus ? focusOnce : undefined}
      spellcheck={false}
      value={props.value}
      onInput={event => props.onInput(event.currentTarget.value)}
    />
  );
}

function Change({ before, after }: { before: string; after: string }): JSX.Element {
  const pieces = diffWords(before, after);
  if (pieces === null) {
    return <span>the text is a different one</span>;
  }
  return (
    <span class="mn-diff">
      {aroundChanges(pieces).map((piece, index) => {
        const Tag = piece.kind === 'removed' ? 'del' : piece.kind === 'added' ? 'ins' : 'span';
        const tone = piece.kind === 'removed' ? 'mn-t-bad' : 'mn-t-ok';
        return (
          <Tag key={index} class={tone}>
            {seen(piece.text)}
          </Tag>
        );
      })}
    </span>
  );
}

/** Where a text is edited it stands as it is: what of it nobody can see is said beside it. */
function Unseen({ text }: { text: string }): JSX.Element | null {
  const codes = unseen(text);
  return codes === '' ? null : (
    <div class="mn-said mn-t-bad" role="note">
      This text holds what cannot be seen, or turns the direction of writing: {codes}
    </div>
  );
}

/** A value that an approval shows, with what a person made of it. */
export function Field(props: {
  field: IField;
  draft: string | undefined;
  problem: string | undefined;
  edited: boolean;
  disabled: boolean;
  onDraft(text: string | undefined): void;
}): JSX.Element {
  const { field, draft } = props;
  const proposed = asText(field.value);
  if (!field.editable) {
    return (
      <Line name={field.path}>
        <Text text={proposed} />
      </Line>
    );
  }
  return (
    <Line name={field.path}>
      <Area
        label={field.path}
        value={draft ?? proposed}
        bad={props.problem !== undefined}
        disabled={props.disabled}
        onInput={props.onDraft}
      />
      {props.problem && <div class="mn-said mn-t-bad">{props.problem}</div>}
      <Unseen text={draft ?? proposed} />
      {props.edited && (
        <div class="mn-change">
          <b>1 edit</b> <Change before={proposed} after={asProposed(field, draft ?? '')} />{' '}
          <button type="button" class="mn-link" onClick={() => props.onDraft(undefined)}>
            undo
          </button>
        </div>
      )}
    </Line>
  );
}

/** How many rows a text needs, within reason. */
export function rowsOf(text: string): number {
  const rows = text.split('\n').reduce((sum, line) => sum + 1 + line.length / 90, 0);
  return Math.min(14, Math.max(1, Math.floor(rows)));
}
