/** A form that a run asks a person to fill in. */

import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import type { IRunSource } from '../source';
import { Card } from './card';
import { Area, Line } from './fields';
import { FormField, isStarred } from './form';
import { FormDrafts, initialDraft, readForm } from './forms';
import { useRequest } from './hooks';
import type { IApproval, IRunPicture } from './picture';

/** What is typed stays while the picture changes; a fault is told beside its field. */
export function AskCard({
  approval,
  run,
  source
}: {
  approval: IApproval;
  run: IRunPicture;
  source: IRunSource;
}): JSX.Element {
  const [drafts, setDrafts] = useState<FormDrafts>({});
  const [touched, setTouched] = useState<{ [name: string]: true }>({});
  const [tried, setTried] = useState(false);
  const [declining, setDeclining] = useState(false);
  const [because, setBecause] = useState('');
  const body = useRef<HTMLDivElement>(null);
  const request = useRequest(source);
  const off = !source.connected || request.sent || request.reply?.ok === true;
  const answer = readForm(approval.form, drafts);
  const told = because.trim() ? { because: because.trim() } : {};
  const declined = approval.choices.find(choice => choice.decision === 'reject');
  const ids = { run_id: run.run_id, approval_id: approval.id };

  const focus = (selector: string): void => {
    requestAnimationFrame(() => body.current?.querySelector<HTMLElement>(selector)?.focus());
  };
  const submit = (): void => {
    if (off) {
      return;
    }
    if (declining) {
      setDeclining(false);
      request.send({ verb: 'reject', ...ids, ...told });
    } else if (Object.keys(answer.problems).length > 0) {
      setTried(true);
      focus('[aria-invalid="true"]');
    } else {
      request.send({ verb: 'answer', ...ids, values: answer.values });
    }
  };

  return (
    <Card
      approval={approval}
      source={source}
      request={request}
      onSubmit={submit}
      onBack={() => setDeclining(false)}
      decisions={
        <>
          <button
            class={`mn-btn ${declining ? 'mn-danger mn-t-bad' : 'mn-primary'}`}
            disabled={off}
          >
            {declining ? 'Decline' : 'Answer'}
          </button>
          <button
            type="button"
            class={declining ? 'mn-btn mn-quiet' : 'mn-btn'}
            disabled={off && !declining}
            onClick={() => {
              setDeclining(!declining);
              focus(declining ? 'input, textarea, select' : '.mn-because textarea');
            }}
          >
            {declining ? 'Back' : 'Decline…'}
          </button>
          {!declining && approval.form.some(isStarred) && (
            <span class="mn-mut" aria-hidden="true">
              <span class="mn-required">*</span> must be filled in
            </span>
          )}
          {declining && (
            <span class="mn-mut">
              Say why, if you like. What follows: {declined?.leads_to ?? 'the step fails'}.
            </span>
          )}
        </>
      }
    >
      <div ref={body}>
        {!declining &&
          approval.form.map(field => (
            <FormField
              key={field.name}
              field={field}
              id={`mn-${approval.id}-${field.name}`}
              draft={drafts[field.name] ?? initialDraft(field)}
              problem={tried || touched[field.name] ? answer.problems[field.name] : undefined}
              disabled={off}
              onDraft={draft => setDrafts(known => ({ ...known, [field.name]: draft }))}
              onLeave={() =>
                drafts[field.name] && setTouched(known => ({ ...known, [field.name]: true }))
              }
            />
          ))}
        {declining && (
          <div class="mn-because">
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
        )}
      </div>
    </Card>
  );
}
