/** Something that waits for a person, with what is needed to decide it. */

import type { ComponentChildren, JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import type { IAction, IRunSource } from '../source';
import { Drafts, aroundChanges, diffWords, readEdits, readResult } from './edits';
import { asText, formatExpiry, plural, shorten } from './format';
import { useRequest } from './hooks';
import type { IApproval, ICall, IField, IRunPicture } from './picture';
import { StatusIcon } from './status';
import { Command, Outcome, Sentence } from './texts';

const EFFECTS: { [effect in ICall['effect']]: [string, string] } = {
  read: ['mn-t-idle', 'only looks'],
  idempotent: ['mn-t-run', 'may be repeated without harm'],
  write: ['mn-t-bad', 'changes the world; called once']
};

function Call({ call }: { call: ICall }): JSX.Element {
  const [tone, meaning] = EFFECTS[call.effect];
  const args = Object.entries(call.args);
  return (
    <div class="mn-call" role="group" aria-label={`Call of ${call.tool}`}>
      <Line name="tool">
        <b>{call.tool}</b> <span class={`mn-pill ${tone}`}>{call.effect}</span>{' '}
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
          <div class="mn-text">{asText(value) || '—'}</div>
        </Line>
      ))}
    </div>
  );
}

function Line({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="mn-line">
      <span class="mn-line-name">{name}</span>
      <div class="mn-line-value">{children}</div>
    </div>
  );
}

function Area(props: {
  label: string;
  value: string;
  hint?: string;
  bad?: boolean;
  disabled: boolean;
  onInput(text: string): void;
}): JSX.Element {
  const lines = props.value.split('\n').reduce((sum, line) => sum + 1 + line.length / 90, 0);
  return (
    <textarea
      class="mn-input"
      aria-label={props.label}
      aria-invalid={props.bad ?? false}
      placeholder={props.hint}
      rows={Math.min(14, Math.max(1, Math.floor(lines)))}
      disabled={props.disabled}
      data-lm-suppress-shortcuts="true"
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
            {piece.text}
          </Tag>
        );
      })}
    </span>
  );
}

function Field(props: {
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
        <div class="mn-text">{proposed || '—'}</div>
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
      {props.edited && (
        <div class="mn-change">
          <b>1 edit</b> <Change before={proposed} after={draft ?? ''} />{' '}
          <button class="mn-link" onClick={() => props.onDraft(undefined)}>
            undo
          </button>
        </div>
      )}
    </Line>
  );
}

/** The card; a kernel that is not there leaves it readable, with the command that decides. */
export function ApprovalCard({
  approval,
  run,
  source,
  now
}: {
  approval: IApproval;
  run: IRunPicture;
  source: IRunSource;
  now: number;
}): JSX.Element {
  const [drafts, setDrafts] = useState<Drafts>({});
  const [because, setBecause] = useState('');
  const [asking, setAsking] = useState<'reject' | 'happened' | null>(null);
  const [result, setResult] = useState('');
  const reason = useRef<HTMLDivElement>(null);
  const request = useRequest(source);

  const doubt = approval.kind === 'in_doubt';
  const edits = readEdits(approval.fields, drafts);
  const count = Object.keys(edits.values).length;
  const broken = Object.keys(edits.problems).length > 0;
  const settled = request.reply?.ok === true;
  const off = !source.connected || request.sent || settled;
  const expiry = formatExpiry(approval.expires_at, approval.then, now);

  const send = (action: Pick<IAction, 'verb' | 'edits' | 'outcome' | 'value'>): void => {
    setAsking(null);
    request.send({
      ...action,
      run_id: run.run_id,
      approval_id: approval.id,
      ...(because.trim() ? { because: because.trim() } : {})
    });
  };
  const ask = (what: 'reject' | 'happened'): void => {
    setAsking(what);
    requestAnimationFrame(() => reason.current?.querySelector('textarea')?.focus());
  };

  const decisions = doubt ? (
    <>
      <button class="mn-btn" disabled={off} onClick={() => ask('happened')}>
        It happened…
      </button>
      <button
        class="mn-btn"
        disabled={off}
        onClick={() => send({ verb: 'settle', outcome: 'not_happened' })}
      >
        It did not: do it
      </button>
      <button class="mn-btn" disabled={off} onClick={() => send({ verb: 'cancel' })}>
        Stop the run
      </button>
    </>
  ) : (
    <>
      <button
        class="mn-btn mn-primary"
        disabled={off || broken}
        onClick={() => send(count ? { verb: 'approve', edits: edits.values } : { verb: 'approve' })}
      >
        {count ? `Approve with ${plural(count, 'edit')}` : 'Approve'}
      </button>
      {count > 0 && (
        <button class="mn-btn" disabled={off} onClick={() => send({ verb: 'approve' })}>
          Approve as proposed
        </button>
      )}
      <button class="mn-btn" disabled={off} onClick={() => ask('reject')}>
        Reject…
      </button>
    </>
  );

  const confirm =
    asking === 'reject' ? (
      <>
        <button
          class="mn-btn mn-danger mn-t-bad"
          disabled={off}
          onClick={() => send({ verb: 'reject' })}
        >
          Reject
        </button>
        <button class="mn-btn mn-quiet" onClick={() => setAsking(null)}>
          Back
        </button>
        <span class="mn-mut">Say why, if you like.</span>
      </>
    ) : (
      <>
        <button
          class="mn-btn mn-primary"
          disabled={off}
          onClick={() => send({ verb: 'settle', outcome: 'happened', value: readResult(result) })}
        >
          Record that it happened
        </button>
        <button class="mn-btn mn-quiet" onClick={() => setAsking(null)}>
          Back
        </button>
      </>
    );

  return (
    <section
      class={`mn-card ${doubt ? 'mn-t-bad' : 'mn-t-wait'}`}
      aria-label={approval.prompt || `Approval of ${approval.path}`}
    >
      <div class="mn-card-head">
        <StatusIcon status={doubt ? 'in_doubt' : 'waiting'} />
        <div>
          <b class="mn-prompt">{approval.prompt}</b>{' '}
          <span class="mn-mut">
            {doubt ? 'in doubt at' : 'asked by'} step {approval.path}
            {expiry && ` · ${expiry}`}
          </span>
        </div>
      </div>
      <div class="mn-card-body">
        {approval.calls.map(call => (
          <Call key={call.call_id} call={call} />
        ))}
        {approval.fields.map(field => (
          <Field
            key={field.path}
            field={field}
            draft={drafts[field.path]}
            problem={edits.problems[field.path]}
            edited={field.path in edits.values}
            disabled={off}
            onDraft={text => {
              const { [field.path]: _, ...others } = drafts;
              setDrafts(text === undefined ? others : { ...others, [field.path]: text });
            }}
          />
        ))}
        {approval.evidence && (
          <Line name="evidence">
            <div class="mn-evidence">
              <Sentence text={approval.evidence} />
            </div>
          </Line>
        )}
        <div ref={reason}>
          {asking === 'happened' && (
            <Line name="result">
              <Area
                label="result"
                value={result}
                hint="what it returned: JSON, or text"
                disabled={off}
                onInput={setResult}
              />
            </Line>
          )}
          <Line name="because">
            <Area
              label="because"
              value={because}
              hint="optional; kept with the decision"
              disabled={off}
              onInput={setBecause}
            />
          </Line>
        </div>
      </div>
      <div class="mn-card-foot">
        {!settled && (asking === null ? decisions : confirm)}
        <Outcome request={request} />
        {!source.connected && (
          <span class="mn-mut">No kernel is connected here. Decide with this line:</span>
        )}
        <span class="mn-grow" />
        {approval.command && <Command text={approval.command} />}
      </div>
    </section>
  );
}
