/** The first line of a run: what it is, how it stands, what it cost. */

import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';

import type { IRunSource } from '../source';
import { RunActions } from './actions';
import {
  budgetShare,
  formatCount,
  formatInstant,
  formatMoney,
  formatSeconds,
  plural,
  shortId
} from './format';
import { IRequest, useRequest } from './hooks';
import type { IRunPicture } from './picture';
import { StatusIcon, toneOf } from './status';
import { Outcome } from './texts';

const NEARLY_SPENT = 0.8;

const WORTH_SAYING = 0.5;

/** What is used of limits that are not in dollars, where it is at least half: `9 of 12 calls`. */
export function otherLimits(budget: readonly string[]): string[] {
  return budget.filter(used => {
    const found = /^([\d,]+) of ([\d,]+) /.exec(used);
    const [counted, limit] = (found ?? []).slice(1).map(text => Number(text.replaceAll(',', '')));
    return found === null ? !/^(\$|0 )/.test(used) : counted >= limit * WORTH_SAYING;
  });
}

function Cost({ run }: { run: IRunPicture }): JSX.Element {
  const known = run.cost_usd ?? run.cost_floor_usd;
  const share = budgetShare(known, run.budget_usd);
  const spent = run.cost_usd !== null ? formatMoney(run.cost_usd) : 'cost unknown';
  const reserved = Number(run.reserved_usd ?? 0);
  const least = Number(run.cost_floor_usd) > 0 ? `at least ${formatMoney(run.cost_floor_usd)}` : '';
  return (
    <span class="mn-cost" title={(run.budget ?? []).join(', ')}>
      <span class="mn-num">{spent}</span>
      {run.cost_usd === null && least && <span class="mn-mut">{least}</span>}
      {reserved > 0 && (
        <span class="mn-mut">and {formatMoney(run.reserved_usd ?? '0')} reserved</span>
      )}
      {share !== null && (
        <span
          class={`mn-meter ${share >= NEARLY_SPENT ? 'mn-t-wait' : ''}`}
          role="meter"
          aria-label="budget spent"
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(share * 100)}
        >
          <i style={{ width: `${share * 100}%` }} />
        </span>
      )}
      {run.budget_usd !== null && <span class="mn-mut">of {formatMoney(run.budget_usd)}</span>}
      {otherLimits(run.budget ?? []).map(used => (
        <span key={used} class="mn-mut">
          {used}
        </span>
      ))}
    </span>
  );
}

/** The header, with what a person can do with the run as a whole. */
export function Header({
  run,
  source,
  onUndo
}: {
  run: IRunPicture;
  source: IRunSource;
  onUndo(): void;
}): JSX.Element {
  const sending = useRequest(source);
  // What was said of a request is true of the state that the run was in, and no longer.
  const asked = useRef(run.status);
  const stale = sending.reply?.ok === true && asked.current !== run.status;
  const request: IRequest = {
    ...sending,
    send: action => {
      asked.current = run.status;
      sending.send(action);
    }
  };
  const facts = [
    `${formatCount(run.steps_done)} of ${plural(run.steps_total, 'step')}`,
    `started ${formatInstant(run.created_at)}`,
    `${formatSeconds(run.work_seconds)} of work`
  ];
  if (run.calls > 0) {
    facts.push(plural(run.calls, 'call'));
  }
  if (run.spared) {
    facts.push(run.spared);
  }
  if (run.workflow_version) {
    facts.push(`version ${run.workflow_version}`);
  }
  if (run.reuses !== null) {
    facts.push(`takes over what is unchanged from run ${shortId(run.reuses)}`);
  }
  return (
    <div class="mn-head" tabIndex={-1}>
      <span class="mn-name">{run.workflow}</span>
      {run.title && <span class="mn-title">{run.title}</span>}
      <span class={`mn-pill ${toneOf(run.status)}`}>
        <StatusIcon status={run.status} size={12} />
        {run.status_text || run.status}
      </span>
      {run.scripted && (
        <span
          class="mn-pill mn-badge"
          title="A scripted model answered: this proves nothing about a real one."
        >
          scripted model
        </span>
      )}
      <span class="mn-mut">
        <code title={run.run_id}>{run.short_id}</code> · {facts.join(' · ')}
      </span>
      <div class="mn-head-end">
        <Cost run={run} />
        <RunActions run={run} source={source} request={request} onUndo={onUndo} />
        {!stale && <Outcome request={request} />}
      </div>
    </div>
  );
}
