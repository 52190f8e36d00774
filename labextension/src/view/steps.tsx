/** The steps as a list, where there is no room for a graph. */

import type { JSX } from 'preact';

import type { IRunSource } from '../source';
import { Details } from './details';
import { formatItems, formatIteration, formatMoney } from './format';
import { scopesOf } from './paths';
import type { INode, IRunPicture } from './picture';
import { StatusIcon, wordOf } from './status';
import { useText } from './hooks';

interface IProps {
  run: IRunPicture;
  source: IRunSource;
  selected: string | null;
  onSelect(path: string | null): void;
}

/** The list; the step that is open shows its details, and its subworkflows, below itself. */
export function Steps(props: IProps & { nodes: readonly INode[] }): JSX.Element {
  return (
    <ol class="mn-steps" aria-label="Steps">
      {props.nodes.map(node => (
        <StepLine key={node.path} node={node} {...props} />
      ))}
    </ol>
  );
}

function StepLine({ node, ...props }: IProps & { node: INode }): JSX.Element {
  const { run, source, selected, onSelect } = props;
  const inside = selected !== null && selected.startsWith(`${node.path}`) && selected !== node.path;
  const scopes = scopesOf(run, node).filter(
    scope => node.path === selected || selected?.startsWith(`${scope.path}/`)
  );
  const open = node.path === selected || (inside && scopes.length > 0);
  const text = useText(source, node.path);
  const parts = [
    node.detail || (node.items ? formatItems(node.items) : node.kind),
    node.detail === formatIteration(node) ? '' : formatIteration(node),
    node.reused ? 'taken over, unpaid' : '',
    node.stand_in ? `${node.stand_in} stands in` : ''
  ];
  return (
    <li>
      <button
        type="button"
        class="mn-step"
        aria-expanded={open}
        data-status={node.status}
        onClick={() => onSelect(open ? null : node.path)}
      >
        <StatusIcon status={node.status} />
        <span class="mn-step-name">
          <b>{node.name}</b>
          <small>
            <span class="mn-sr">{wordOf(node.status)}, </span>
            {parts.filter(part => part !== '').join(' · ')}
          </small>
          {text && !open && <small class="mn-tail mn-written">{text.tail.trim()}</small>}
        </span>
        {node.cost_usd !== null && <span class="mn-num">{formatMoney(node.cost_usd)}</span>}
      </button>
      {node.path === selected && (
        <Details node={node} run={run} source={source} onOpen={onSelect} />
      )}
      {open &&
        scopes.slice(0, SCOPES).map(scope => (
          <div class="mn-inside" key={scope.path}>
            <h3 class="mn-plain">
              {scope.path} · {wordOf(scope.status)}
            </h3>
            <Steps {...props} nodes={scope.nodes} />
          </div>
        ))}
      {open && scopes.length > SCOPES && (
        <p class="mn-mut">and {scopes.length - SCOPES} further subworkflows</p>
      )}
    </li>
  );
}

const SCOPES = 10;
