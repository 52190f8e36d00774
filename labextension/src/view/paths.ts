/** Which path of a run belongs to which step, and which subworkflow lies in which. */

import type { INode, IRunPicture, IScope, StepStatus } from './picture';

/** Whether `path` is `step` itself, or one of its items and iterations. */
export function isOf(path: string, step: string): boolean {
  return path.startsWith(step) && isSuffix(path.slice(step.length));
}

function isSuffix(rest: string): boolean {
  const iteration = /^#\d+/.exec(rest);
  if (rest === '' || iteration) {
    return rest === '' || isSuffix(rest.slice(iteration?.[0].length));
  }
  return rest[0] === '[' && isSuffix(rest.slice(itemLength(rest)));
}

/** The length of `[key]`; a key that has brackets of its own may hold more of them. */
function itemLength(rest: string): number {
  let depth = 0;
  for (let index = 0; index < rest.length; index++) {
    depth += rest[index] === '[' ? 1 : rest[index] === ']' ? -1 : 0;
    if (depth === 0) {
      return index + 1;
    }
  }
  return rest.endsWith(']') ? rest.length : 1;
}

/** The subworkflows that a step opened: one, or one for each of its items and iterations. */
export function scopesOf(run: IRunPicture, node: INode): IScope[] {
  return run.scopes.filter(scope => isOf(scope.path, node.path));
}

/** From the outermost subworkflow to the one at `path`, itself included. */
export function trailTo(run: IRunPicture, path: string): IScope[] {
  return run.scopes
    .filter(scope => scope.path === path || path.startsWith(`${scope.path}/`))
    .sort((a, b) => a.path.length - b.path.length);
}

/** The step at `path`, in the run's own graph or in any of its subworkflows. */
export function nodeAt(run: IRunPicture, path: string | null): INode | undefined {
  if (path === null) {
    return undefined;
  }
  const graphs = [run, ...run.scopes];
  for (const { nodes } of graphs) {
    const found = nodes.find(node => node.path === path);
    if (found) {
      return found;
    }
  }
  return undefined;
}

const AT_WORK: StepStatus[] = ['pending', 'running', 'retrying'];

/** Whether text that is still being written can belong to a step at `path`. */
export function mayWrite(run: IRunPicture, path: string): boolean {
  const row = run.timeline.find(one => one.path === path);
  if (row && !AT_WORK.includes(row.status)) {
    return false;
  }
  return [run, ...run.scopes].every(({ nodes }) =>
    nodes.every(node => !isOf(path, node.path) || AT_WORK.includes(node.status))
  );
}
