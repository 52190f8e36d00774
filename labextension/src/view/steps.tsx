/** The steps as a list, where there is no room for a graph. */

import type { JSX } from 'preact';

import { Details } from './details';
import { formatItems, formatMoney } from './format';
import type { IRunPicture } from './picture';
import { StatusIcon, wordOf } from './status';

/** The list; the step that is open shows its details below itself. */
export function Steps({
  run,
  selected,
  onSelect
}: {
  run: IRunPicture;
  selected: string | null;
  onSelect(name: string | null): void;
}): JSX.Element {
  return (
    <ol class="mn-steps" aria-label="Steps">
      {run.nodes.map(node => {
        const open = node.name === selected;
        return (
          <li key={node.name}>
            <button
              class="mn-step"
              aria-expanded={open}
              data-status={node.status}
              onClick={() => onSelect(open ? null : node.name)}
            >
              <StatusIcon status={node.status} />
              <span class="mn-step-name">
                <b>{node.name}</b>
                <small>
                  <span class="mn-sr">{wordOf(node.status)}, </span>
                  {node.detail || (node.items ? formatItems(node.items) : node.kind)}
                </small>
              </span>
              {node.cost_usd !== null && <span class="mn-num">{formatMoney(node.cost_usd)}</span>}
            </button>
            {open && <Details node={node} run={run} />}
          </li>
        );
      })}
    </ol>
  );
}
