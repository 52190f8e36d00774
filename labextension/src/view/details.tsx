/** One step, looked at closely. */

import type { ComponentChildren, JSX } from 'preact';

import type { IRunSource } from '../source';
import { StepActions } from './actions';
import { formatCount, formatIteration, formatMoney, plural, seen, shortId } from './format';
import { scopesOf } from './paths';
import type { IItems, INode, IRunPicture, StepStatus } from './picture';
import { StatusIcon, toneOf, wordOf } from './status';
import { Stream } from './stream';
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
      return found[status === 'succeeded' ? found.length - 1 : 0].path;
    }
  }
  return nodes[0]?.path ?? null;
}

function itemsText(items: IItems): string {
  const others: [number, string][] = [
    [items.running, 'running'],
    [items.waiting, 'waiting'],
    [items.failed, 'failed'],
    [items.skipped, 'skipped']
  ];
  return [
    `${formatCount(items.succeeded)} of ${formatCount(items.total)} succeeded`,
    ...others.filter(([count]) => count > 0).map(([count, word]) => `${formatCount(count)} ${word}`)
  ].join(' · ');
}

/** The keys of the items in each telling status, as many as the picture names. */
export function tellingItems(items: IItems): [string, string][] {
  const totals: { [status: string]: number } = {
    failed: items.failed,
    waiting: items.waiting,
    running: items.running
  };
  return [...new Set(items.telling.map(item => item.status))].map(status => {
    const keys = items.telling.filter(item => item.status === status).map(item => `[${item.key}]`);
    const more = (totals[status] ?? 0) - keys.length;
    const said = seen(keys.join(' '));
    return [wordOf(status), said + (more > 0 ? ` and ${formatCount(more)} more` : '')];
  });
}

interface IProps {
  node: INode;
  run: IRunPicture;
  source: IRunSource;
  onOpen(path: string): void;
}

function Facts({ node, run, onOpen }: IProps): JSX.Element {
  const called = !node.reused && node.tokens_in + node.tokens_out > 0;
  const iteration = formatIteration(node);
  const scopes = scopesOf(run, node);
  return (
    <div class="mn-kv">
      <Fact name="status">
        <span class={`mn-state ${toneOf(node.status)}`}>
          <StatusIcon status={node.status} size={12} /> {wordOf(node.status)}
        </span>
      </Fact>
      <Fact name="kind">{node.kind}</Fact>
      <Standing node={node} iteration={iteration} />
      {iteration && <Fact name="turn">{iteration}</Fact>}
      {node.items && (
        <Fact name={node.stands_for > 0 ? 'steps' : 'items'}>{itemsText(node.items)}</Fact>
      )}
      {node.items &&
        tellingItems(node.items).map(([word, keys]) => (
          <Fact key={word} name={word}>
            {keys}
          </Fact>
        ))}
      {node.reused && (
        <Fact name="origin">
          taken over {run.reuses === null ? '' : `from run ${shortId(run.reuses)}, `}unpaid
        </Fact>
      )}
      {node.stand_in && (
        <Fact name="value">
          its fallback <b>{node.stand_in}</b> stands in
        </Fact>
      )}
      {node.calls_workflow && (
        <Fact name="runs">
          workflow {node.calls_workflow}
          {scopes.length > 0 && (
            <>
              {' · '}
              <button type="button" class="mn-link" onClick={() => onOpen(scopes[0].path)}>
                open {scopes.length > 1 ? plural(scopes.length, 'graph') : 'its graph'}
              </button>
            </>
          )}
        </Fact>
      )}
      {node.model && <Fact name="model">{node.model}</Fact>}
      {called && (
        <Fact name="tokens">
          {formatCount(node.tokens_in)} in · {formatCount(node.tokens_out)} out
        </Fact>
      )}
      {(called || (!node.reused && node.cost_usd !== null)) && (
        <Fact name="cost">{node.cost_usd === null ? 'unknown' : formatMoney(node.cost_usd)}</Fact>
      )}
    </div>
  );
}

/** What a step is at, or how long it took, unless a line beside this one says it already. */
export function standingOf(node: INode, iteration: string): [name: string, said: string] | null {
  const { kind, detail } = node;
  const said = detail.startsWith(`${kind} · `) ? detail.slice(kind.length + 3) : detail;
  const counts = node.items !== null && /^[\d,]+ of [\d,]+/.test(said);
  if (counts || ['', kind, iteration, wordOf(node.status)].includes(said)) {
    return null;
  }
  return [/^(succeeded|failed|skipped|cancelled)$/.test(node.status) ? 'took' : 'now', said];
}

function Standing({ node, iteration }: { node: INode; iteration: string }): JSX.Element | null {
  const told = standingOf(node, iteration);
  return told && <Fact name={told[0]}>{told[1]}</Fact>;
}

/** The facts of a step, its error, its output and what can be done with it. */
export function Details(props: IProps): JSX.Element {
  const { node, run, source } = props;
  const several = node.items !== null && node.stands_for === 0 && node.items.failed > 1;
  return (
    <section class="mn-details" aria-label={`Step ${node.path}`}>
      <h3 class="mn-plain">
        {seen(node.path)}
        {node.attempts > 0 && ` · attempt ${node.attempts}`}
      </h3>
      <Facts {...props} />
      <Stream node={node} source={source} />
      {node.error && (
        <>
          <h3>{several ? 'Error of the first item that failed' : 'Error'}</h3>
          <div class="mn-pre mn-error mn-t-bad">{node.error}</div>
          {several && (
            <p class="mn-mut">
              Those of all: <code>{`mn.runs["${run.short_id}"]["${node.path}"]`}</code>
            </p>
          )}
        </>
      )}
      {node.output !== null && (
        <>
          <h3>Output</h3>
          <Value value={node.output} />
          {node.output_cut && (
            <p class="mn-mut">
              Cut here; all of it: <code>{`mn.runs["${run.short_id}"]["${node.path}"]`}</code>
            </p>
          )}
        </>
      )}
      <StepActions key={node.path} node={node} run={run} source={source} />
    </section>
  );
}
