/** A question that is decided: yes, yes with changes, no, another answer, or the end of the run. */

import type { ComponentChildren, JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import type { IAction, IRunSource } from '../source';
import { BudgetFacts } from './budget';
import { Card } from './card';
import { Drafts, readEdits, readResult } from './edits';
import { Area, Call, Field, Line } from './fields';
import { formatMoney, plural, seen, shorten } from './format';
import { useRequest } from './hooks';
import type { IApproval, ICall, IField, IRunPicture } from './picture';
import { Outcome, Sentence } from './texts';

/** What a person began to say, and has not sent yet. */
type Asking = 'reject' | 'happened' | 'answer' | 'stop' | 'delegate' | 'model';

type Sent = Pick<IAction, 'verb' | 'edits' | 'outcome' | 'value' | 'always' | 'to' | 'model'>;

interface IProps {
  approval: IApproval;
  run: IRunPicture;
  source: IRunSource;
}

/** The arguments of a call that may be changed before it is approved, as fields. */
export function argumentFields(call: ICall | undefined): IField[] {
  const known = new Set(call?.arguments.map(one => one.name));
  return Object.entries(call?.args ?? {}).map(([path, value]) => ({
    path,
    value,
    editable: known.has(path)
  }));
}

/** What a choice is called here, such as `Give more` where a budget is used up. */
function labelOf(approval: IApproval, decision: string, usual: string): string {
  return approval.choices.find(choice => choice.decision === decision)?.label ?? usual;
}

/** The card; what is typed stays while the picture changes. */
export function DecisionCard({ approval, run, source }: IProps): JSX.Element {
  const [drafts, setDrafts] = useState<Drafts>({});
  const [because, setBecause] = useState('');
  const [asking, setAsking] = useState<Asking | null>(null);
  const [typed, setTyped] = useState('');
  const [always, setAlways] = useState(false);
  const [given, setGiven] = useState<string | null>(null);
  const typing = useRef<HTMLDivElement>(null);
  const request = useRequest(source);
  const handover = useRequest(source);

  const [call] = approval.calls;
  const changeable = approval.calls.length === 1 && call.arguments.length > 0;
  const fields = changeable ? argumentFields(call) : approval.fields;
  const edits = readEdits(fields, drafts);
  const count = Object.keys(edits.values).length;
  const broken = Object.keys(edits.problems).length > 0;
  const off = !source.connected || request.sent || request.reply?.ok === true;
  const doubt = approval.kind === 'in_doubt';
  const { budget } = approval;
  const gives = given ?? budget?.offer ?? '';
  const unsaid = budget !== null && budget.word !== 'unknown_price' && gives.trim() === '';
  const yes = labelOf(approval, 'approve', 'Approve');
  const no = labelOf(approval, 'reject', 'Reject');

  const send = (action: Sent): void => {
    setAsking(null);
    // Whoever hands it over has decided nothing: the card stays open.
    (action.verb === 'delegate' ? handover : request).send({
      ...action,
      run_id: run.run_id,
      approval_id: approval.id,
      ...(because.trim() ? { because: because.trim() } : {})
    });
  };
  const ask = (what: Asking): void => {
    setAsking(what);
    setTyped('');
    requestAnimationFrame(() => {
      typing.current?.querySelector<HTMLElement>('textarea, input')?.focus();
    });
  };
  const approve = (values: IAction['edits']): void =>
    send({ verb: 'approve', ...(values && { edits: values }), ...(always && { always: true }) });
  const granted = budget !== null && given !== null ? { [budget.word]: given.trim() } : undefined;

  const button = (label: string, onClick: () => void, kind = ''): JSX.Element => (
    <button type="button" class={`mn-btn ${kind}`} disabled={off} onClick={onClick}>
      {label}
    </button>
  );
  const more = (
    <>
      {button('Stop the run…', () => ask('stop'))}
      {button('Hand over…', () => ask('delegate'), 'mn-quiet')}
    </>
  );
  const decisions = doubt ? (
    <>
      {button('It happened…', () => ask('happened'))}
      {button('It did not: do it', () => send({ verb: 'settle', outcome: 'not_happened' }))}
      {button('Skip it', () => send({ verb: 'settle', outcome: 'skip' }))}
      {more}
    </>
  ) : (
    <>
      <button
        type="button"
        class="mn-btn mn-primary"
        disabled={off || broken || unsaid}
        onClick={() => approve(count ? edits.values : granted)}
      >
        {count ? `${yes} with ${plural(count, 'edit')}` : yes}
      </button>
      {count > 0 && button(`${yes} as proposed`, () => approve(undefined))}
      {budget?.cheaper &&
        button(labelOf(approval, 'cheaper', 'Go on with a cheaper model'), () =>
          send({ verb: 'approve', model: budget.cheaper })
        )}
      {budget?.another_model && !budget.cheaper && button('Another model…', () => ask('model'))}
      {button(`${no}…`, () => ask('reject'))}
      {approval.kind === 'call' && button('Answer instead…', () => ask('answer'))}
      {more}
      {approval.may_always && (
        <label class="mn-always">
          <input
            type="checkbox"
            class="mn-check"
            checked={always}
            disabled={off}
            onChange={event => setAlways(event.currentTarget.checked)}
          />{' '}
          always allow {call ? shorten(call.tool, 32) : 'it'} in this run
        </label>
      )}
    </>
  );

  const back = (
    <button type="button" class="mn-btn mn-quiet" onClick={() => setAsking(null)}>
      Back
    </button>
  );
  const confirms: { [what in Asking]: [label: string, hint: string, sent: Sent] } = {
    reject: [
      approval.redo ? `${no}, back to ${shorten(approval.redo, 24)}` : no,
      budget ? 'Say why, if you like.' : 'Say why, if you like: whoever asked is told.',
      { verb: 'reject' }
    ],
    happened: [
      'Record that it happened',
      '',
      { verb: 'settle', outcome: 'happened', value: readResult(typed) }
    ],
    answer: [
      'Use this answer',
      'The tool is not called.',
      { verb: 'answer', value: readResult(typed) }
    ],
    stop: [
      'Stop the run',
      'Nothing that it did is undone.',
      doubt ? { verb: 'settle', outcome: 'stop' } : { verb: 'reject', outcome: 'stop' }
    ],
    model: ['Go on with this model', 'The limit stays.', { verb: 'approve', model: typed.trim() }],
    delegate: ['Hand over', 'Everybody may still decide.', { verb: 'delegate', to: typed.trim() }]
  };

  return (
    <Card
      approval={approval}
      source={source}
      request={request}
      decisions={
        asking === null ? (
          decisions
        ) : (
          <Confirm
            words={confirms[asking]}
            harm={asking === 'reject' || asking === 'stop'}
            off={off || ((asking === 'delegate' || asking === 'model') && typed.trim() === '')}
            onSend={() => send(confirms[asking][2])}
          >
            {back}
          </Confirm>
        )
      }
      onBack={() => setAsking(null)}
    >
      <Reasons approval={approval} />
      {approval.calls.map(one => (
        <Call key={one.call_id} call={one} bare={changeable} />
      ))}
      {!changeable && count > 0 && approval.calls.length > 0 && (
        <p class="mn-mut" role="note">
          Above, what is called is shown as it was proposed; your edits are put in where it uses
          them.
        </p>
      )}
      {fields.map(field => (
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
      {budget && <BudgetFacts budget={budget} given={gives} disabled={off} onGive={setGiven} />}
      {approval.evidence && (
        <Line name="evidence">
          <div class="mn-evidence">
            <Sentence text={approval.evidence} />
          </div>
        </Line>
      )}
      <div ref={typing}>
        {(asking === 'happened' || asking === 'answer') && (
          <Line name={asking === 'answer' ? 'answer' : 'result'}>
            <Area
              label={asking === 'answer' ? 'answer' : 'result'}
              value={typed}
              hint={
                asking === 'answer'
                  ? 'what the tool would have returned: JSON, or text'
                  : 'what it returned: JSON, or text'
              }
              disabled={off}
              onInput={setTyped}
            />
          </Line>
        )}
        {(asking === 'delegate' || asking === 'model') && (
          <Line name={asking === 'model' ? 'model' : 'hand to'}>
            <Area
              label={asking === 'model' ? 'model of all further calls' : 'who should decide'}
              value={typed}
              hint={asking === 'model' ? 'of the same server' : 'a name or an address'}
              disabled={off}
              onInput={setTyped}
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
      {(handover.sent || handover.reply) && <Outcome request={handover} />}
      <Leads approval={approval} />
    </Card>
  );
}

function Confirm(props: {
  words: [label: string, hint: string, sent: Sent];
  harm: boolean;
  off: boolean;
  onSend(): void;
  children: ComponentChildren;
}): JSX.Element {
  const [label, hint] = props.words;
  return (
    <>
      <button
        type="button"
        class={`mn-btn ${props.harm ? 'mn-danger mn-t-bad' : 'mn-primary'}`}
        disabled={props.off}
        onClick={props.onSend}
      >
        {label}
      </button>
      {props.children}
      {hint && <span class="mn-mut">{hint}</span>}
    </>
  );
}

/** Why a person is asked, in whose words, and what the run has cost. */
function Reasons({ approval }: { approval: IApproval }): JSX.Element {
  const { because, said, needed, given, delegated_to: to } = approval;
  return (
    <>
      {because && (
        <Line name="why">
          <Sentence text={because} />
        </Line>
      )}
      {said && (
        <Line name="agent said">
          <div class="mn-text mn-said-by-agent">{said}</div>
        </Line>
      )}
      {needed > 1 && (
        <Line name="approvals">
          {given.length} of {needed}
          {given.length > 0 && `, by ${given.join(', ')}`}; each by a different person
        </Line>
      )}
      {to && <Line name="handed to">{to}</Line>}
      {approval.kind === 'call' && (
        <Line name="cost so far">
          {approval.cost_usd === null ? 'unknown' : formatMoney(approval.cost_usd)}
        </Line>
      )}
    </>
  );
}

/** What each choice leads to. */
function Leads({ approval }: { approval: IApproval }): JSX.Element | null {
  if (approval.choices.length === 0) {
    return null;
  }
  return (
    <ul class="mn-leads" aria-label="What each choice leads to">
      {approval.choices.map(choice => (
        <li key={choice.decision}>
          <b>{seen(choice.label)}:</b> {seen(choice.leads_to)}
        </li>
      ))}
    </ul>
  );
}
