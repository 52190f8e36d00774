/** Something that waits for a person, with what is needed to decide it. */

import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import type { IAction, IRunSource } from '../source';
import { AskCard } from './ask';
import { Card } from './card';
import { Drafts, readEdits, readResult } from './edits';
import { Area, Call, Field, Line } from './fields';
import { plural, shorten } from './format';
import { useRequest } from './hooks';
import type { IApproval, IRunPicture } from './picture';
import { Sentence } from './texts';

interface IProps {
  approval: IApproval;
  run: IRunPicture;
  source: IRunSource;
}

const AT_FIRST = 5;
const MORE = 20;

/** The cards, longest waiting first; of very many only the first until more are asked for. */
export function Approvals({ run, source }: Omit<IProps, 'approval'>): JSX.Element | null {
  const [most, setMost] = useState(AT_FIRST);
  const here = Math.max(run.approvals.length - most, 0);
  const left = here + run.approvals_cut;
  return (
    <>
      {run.approvals.slice(0, most).map(approval => {
        const Kind = approval.kind === 'ask' ? AskCard : DecisionCard;
        return <Kind key={approval.id} approval={approval} run={run} source={source} />;
      })}
      {left > 0 && (
        <p class="mn-more">
          {here > 0 && (
            <button type="button" class="mn-btn" onClick={() => setMost(most + MORE)}>
              Show {Math.min(MORE, here)} more
            </button>
          )}{' '}
          <span class="mn-mut">
            {plural(left, 'more approval')} {left === 1 ? 'waits' : 'wait'};{' '}
            <code>%mn approvals</code> lists all.
          </span>
        </p>
      )}
    </>
  );
}

/** A card that is decided with yes or no, with edits, or by saying what became of a call. */
function DecisionCard({
  approval,
  run,
  source
}: {
  approval: IApproval;
  run: IRunPicture;
  source: IRunSource;
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
  const off = !source.connected || request.sent || request.reply?.ok === true;

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
      <button type="button" class="mn-btn" disabled={off} onClick={() => ask('happened')}>
        It happened…
      </button>
      <button
        type="button"
        class="mn-btn"
        disabled={off}
        onClick={() => send({ verb: 'settle', outcome: 'not_happened' })}
      >
        It did not: do it
      </button>
      <button type="button" class="mn-btn" disabled={off} onClick={() => send({ verb: 'cancel' })}>
        Stop the run
      </button>
    </>
  ) : (
    <>
      <button
        type="button"
        class="mn-btn mn-primary"
        disabled={off || broken}
        onClick={() => send(count ? { verb: 'approve', edits: edits.values } : { verb: 'approve' })}
      >
        {count ? `Approve with ${plural(count, 'edit')}` : 'Approve'}
      </button>
      {count > 0 && (
        <button
          type="button"
          class="mn-btn"
          disabled={off}
          onClick={() => send({ verb: 'approve' })}
        >
          Approve as proposed
        </button>
      )}
      <button type="button" class="mn-btn" disabled={off} onClick={() => ask('reject')}>
        Reject…
      </button>
      {approval.redo && (
        <span class="mn-mut">
          A rejection sends the work back to <code>{approval.redo}</code>.
        </span>
      )}
    </>
  );

  const confirm =
    asking === 'reject' ? (
      <>
        <button
          type="button"
          class="mn-btn mn-danger mn-t-bad"
          disabled={off}
          onClick={() => send({ verb: 'reject' })}
        >
          {approval.redo ? `Reject, back to ${shorten(approval.redo, 24)}` : 'Reject'}
        </button>
        <button type="button" class="mn-btn mn-quiet" onClick={() => setAsking(null)}>
          Back
        </button>
        <span class="mn-mut">
          {approval.redo
            ? `Say why: step ${shorten(approval.redo, 40)} is told.`
            : 'Say why, if you like.'}
        </span>
      </>
    ) : (
      <>
        <button
          type="button"
          class="mn-btn mn-primary"
          disabled={off}
          onClick={() => send({ verb: 'settle', outcome: 'happened', value: readResult(result) })}
        >
          Record that it happened
        </button>
        <button type="button" class="mn-btn mn-quiet" onClick={() => setAsking(null)}>
          Back
        </button>
      </>
    );

  return (
    <Card
      approval={approval}
      source={source}
      request={request}
      decisions={asking === null ? decisions : confirm}
      onBack={() => setAsking(null)}
    >
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
    </Card>
  );
}
