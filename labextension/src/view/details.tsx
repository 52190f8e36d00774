/** One step, looked at closely. */

import type { ComponentChildren, JSX } from 'preact';

import { formatCount, formatMoney } from './format';
import type { INode, IRunPicture, StepStatus } from './picture';
import { StatusIcon, toneOf, wordOf } from './status';
import { Value } from './texts';

function Fact({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div>
      <span>{name}</span>
      <span>{children}</span>
    </div>
  );
}

const INTEREST: StepStatus[] = [
  'failed',
  'in_doubt',
  'running',
  'retrying',
  'succeeded',
  'waiting'
];

/** The step that somebody who opens the view most likely wants to see. */
export function mostTelling(nodes: readonly INode[]): string | null {
  for (const status of INTEREST) {
    const found = nodes.filter(node => node.status === status);
    if (found.length > 0) {
      return found[status === 'succeeded' ? found.length - 1 : 0].name;
    }
  }
  return nodes[0]?.name ?? null;
}

/** The facts of a step, its error and its output. */
export function Details({ node, run }: { node: INode; run: IRunPicture }): JSX.Element {
  const { items } = node;
  const called = node.tokens_in + node.tokens_out > 0;
  return (
    <section class="mn-details" aria-label={`Step ${node.name}`}>
      <h3 class="mn-plain">
        {node.name}
        {node.attempts > 0 && ` · attempt ${node.attempts}`}
      </h3>
      <div class="mn-kv">
        <Fact name="status">
          <span class={`mn-state ${toneOf(node.status)}`}>
            <StatusIcon status={node.status} size={12} /> {wordOf(node.status)}
          </span>
        </Fact>
        <Fact name="kind">{node.kind}</Fact>
        {node.detail && <Fact name="now">{node.detail}</Fact>}
        {items && (
          <Fact name="items">
            {formatCount(items.succeeded)} of {formatCount(items.total)} succeeded
            {items.running > 0 && ` · ${formatCount(items.running)} running`}
            {items.waiting > 0 && ` · ${formatCount(items.waiting)} waiting`}
            {items.failed > 0 && ` · ${formatCount(items.failed)} failed`}
          </Fact>
        )}
        {node.model && <Fact name="model">{node.model}</Fact>}
        {called && (
          <Fact name="tokens">
            {formatCount(node.tokens_in)} in · {formatCount(node.tokens_out)} out
          </Fact>
        )}
        {(called || node.cost_usd !== null) && (
          <Fact name="cost">{node.cost_usd === null ? 'unknown' : formatMoney(node.cost_usd)}</Fact>
        )}
      </div>
      {node.error && (
        <>
          <h3>Error</h3>
          <div class="mn-pre mn-error mn-t-bad">{node.error}</div>
        </>
      )}
      {node.output !== null && (
        <>
          <h3>Output</h3>
          <Value value={node.output} />
          {node.output_cut && (
            <p class="mn-mut">
              Cut here; all of it: <code>{`mn.runs["${run.short_id}"]["${node.name}"]`}</code>
            </p>
          )}
        </>
      )}
    </section>
  );
}
