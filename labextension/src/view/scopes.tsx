/** A subworkflow, opened below the graph whose step runs it. */

import type { JSX } from 'preact';

import type { IRunSource } from '../source';
import { plural } from './format';
import { Graph } from './graph';
import { isOf, nodeAt, scopesOf, trailTo } from './paths';
import type { INode, IRunPicture, IScope } from './picture';
import { StatusIcon, wordOf } from './status';

interface IProps {
  run: IRunPicture;
  source: IRunSource;
  scope: IScope;
  room: number;
  selected: string | null;
  onSelect(path: string): void;
  /** Show another subworkflow, or none. */
  onOpen(path: string | null): void;
}

/** The subworkflow that a step has, or the most telling one of its items. */
export function firstScope(run: IRunPicture, node: INode): string | null {
  return scopesOf(run, node)[0]?.path ?? null;
}

/** The graph of one subworkflow, with the way that leads to it and its siblings. */
export function Subworkflow(props: IProps): JSX.Element {
  const { run, scope, onOpen } = props;
  const trail = trailTo(run, scope.path);
  const siblings = siblingsOf(run, scope);
  return (
    <section class="mn-scope" aria-label={`Subworkflow ${scope.path}`}>
      <div class="mn-scope-head">
        <nav aria-label="Where this is">
          <button type="button" class="mn-link" onClick={() => onOpen(null)}>
            {run.workflow}
          </button>
          {trail.map(one => (
            <span key={one.path}>
              {' / '}
              {one.path === scope.path ? (
                <b aria-current="true">{lastPart(one.path)}</b>
              ) : (
                <button type="button" class="mn-link" onClick={() => onOpen(one.path)}>
                  {lastPart(one.path)}
                </button>
              )}
            </span>
          ))}
        </nav>
        <span class="mn-mut">
          <StatusIcon status={scope.status} size={12} /> {wordOf(scope.status)} · workflow{' '}
          {scope.workflow}
        </span>
        <span class="mn-grow" />
        {siblings.length > 1 && <Chooser siblings={siblings} {...props} />}
        <button
          type="button"
          class="mn-btn mn-quiet"
          aria-label="Close the subworkflow"
          onClick={() => onOpen(trail[trail.length - 2]?.path ?? null)}
        >
          Close
        </button>
      </div>
      {scope.nodes.length === 0 ? (
        <p class="mn-empty">No step has been planned here yet.</p>
      ) : (
        <Graph
          drawing={scope}
          name={scope.path}
          source={props.source}
          room={props.room}
          home={scope.nodes[0].path}
          selected={props.selected}
          opened={() => false}
          onSelect={props.onSelect}
        />
      )}
    </section>
  );
}

function Chooser({ siblings, scope, run, onOpen }: IProps & { siblings: IScope[] }): JSX.Element {
  return (
    <label class="mn-mut">
      {plural(siblings.length, 'item')}{' '}
      <select
        class="mn-input mn-choose"
        value={scope.path}
        data-lm-suppress-shortcuts="true"
        onChange={event => onOpen(event.currentTarget.value)}
      >
        {siblings.map(one => (
          <option key={one.path} value={one.path}>
            {lastPart(one.path)} · {wordOf(one.status)}
          </option>
        ))}
      </select>
      {run.scopes_cut > 0 && ` ${plural(run.scopes_cut, 'further subworkflow')} not shown`}
    </label>
  );
}

/** The subworkflows of the same step: its items and iterations. */
function siblingsOf(run: IRunPicture, scope: IScope): IScope[] {
  const graphs = [run, ...run.scopes];
  const node = graphs
    .flatMap(({ nodes }) => nodes)
    .find(one => one.calls_workflow !== null && isOf(scope.path, one.path));
  const found = node ? scopesOf(run, node) : [scope];
  // By name: the order of a list that somebody is choosing from must not change.
  return found.sort((a, b) => a.path.localeCompare(b.path, undefined, { numeric: true }));
}

/** `review[a/b]/deep[1]` → `deep[1]`: what comes after the outer subworkflow. */
function lastPart(path: string): string {
  let depth = 0;
  for (let index = path.length - 1; index >= 0; index--) {
    depth += path[index] === ']' ? 1 : path[index] === '[' ? -1 : 0;
    if (path[index] === '/' && depth === 0) {
      return path.slice(index + 1);
    }
  }
  return path;
}

/** The subworkflow in which the step at `path` stands; null: the run's own graph. */
export function scopeOf(run: IRunPicture, path: string): string | null {
  const holder = run.scopes.find(({ nodes }) => nodes.some(node => node.path === path));
  return nodeAt(run, path) && holder ? holder.path : null;
}
