/** The graph of steps; where things stand was computed by whoever made the picture. */

import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import type { IRunSource } from '../source';
import { describeStep, formatItems, formatIteration, formatMoney, shorten } from './format';
import { fitScale, roundedPath } from './geometry';
import { useText } from './hooks';
import type { IDrawing, IEdge, INode } from './picture';
import { StatusIcon, toneOf } from './status';

const MARGIN = 8;
const NAME_PX = 7.8;
const SMALL_PX = 6.1;

interface IGraphProps {
  /** What is drawn, and by which name it is known: another one is scrolled to afresh. */
  drawing: IDrawing;
  name: string;
  source: IRunSource;
  room: number;
  home: string | null;
  selected: string | null;
  /** The steps whose subworkflow is shown. */
  opened: (node: INode) => boolean;
  onSelect(path: string): void;
}

/** The graph, no smaller than can be read; what does not fit is scrolled to. */
export function Graph(props: IGraphProps): JSX.Element {
  const { drawing, name, source, room, home, selected, onSelect } = props;
  const { nodes } = drawing;
  const frame = useRef<HTMLDivElement>(null);
  const scrolledTo = useRef('');
  const boxes = useRef(new Map<string, SVGGElement>());
  const width = drawing.width + 2 * MARGIN;
  const height = drawing.height + 2 * MARGIN;
  const scale = fitScale(width, room);
  const byName = new Map(nodes.flatMap(node => [[node.path, node] as const, [node.name, node]]));
  const focusable = nodes.some(node => node.path === selected)
    ? selected
    : (nodes[0]?.path ?? null);

  useEffect(() => {
    const node = byName.get(selected ?? home ?? '') ?? byName.get(home ?? '');
    if (frame.current && node && room > 0 && scrolledTo.current !== name) {
      scrolledTo.current = name;
      const { clientWidth, clientHeight } = frame.current;
      frame.current.scrollLeft = (node.x + node.width / 2 + MARGIN) * scale - clientWidth / 2;
      frame.current.scrollTop = (node.y + node.height / 2 + MARGIN) * scale - clientHeight / 2;
    }
    // Once for a drawing: later the person scrolls.
  });

  const go = (index: number): void => {
    const node = nodes[Math.min(nodes.length - 1, Math.max(0, index))];
    onSelect(node.path);
    boxes.current.get(node.path)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent, index: number): void => {
    const steps: { [key: string]: () => void } = {
      ArrowRight: () => go(index + 1),
      ArrowDown: () => go(index + 1),
      ArrowLeft: () => go(index - 1),
      ArrowUp: () => go(index - 1),
      Home: () => go(0),
      End: () => go(nodes.length - 1),
      Enter: () => go(index),
      ' ': () => go(index)
    };
    if (steps[event.key]) {
      steps[event.key]();
      event.preventDefault();
      event.stopPropagation();
    }
  };

  return (
    <div class="mn-graph" ref={frame} data-lm-suppress-shortcuts="true">
      <svg
        viewBox={`${-MARGIN} ${-MARGIN} ${width} ${height}`}
        width={width * scale}
        height={height * scale}
        role="listbox"
        aria-label="Steps"
      >
        {drawing.edges.map(edge => (
          <Edge
            key={`${edge.source}>${edge.target}`}
            edge={edge}
            target={byName.get(edge.target)}
          />
        ))}
        {nodes.map((node, index) => (
          <g
            key={node.path}
            ref={element => {
              if (element) {
                boxes.current.set(node.path, element);
              } else {
                boxes.current.delete(node.path);
              }
            }}
            class={`mn-node ${toneOf(node.status)} ${node.path === selected ? 'mn-selected' : ''}`}
            transform={`translate(${node.x} ${node.y})`}
            role="option"
            tabindex={node.path === focusable ? 0 : -1}
            aria-selected={node.path === selected}
            aria-label={describeStep(node)}
            data-status={node.status}
            data-reused={node.reused}
            onClick={() => go(index)}
            onKeyDown={event => onKeyDown(event, index)}
          >
            <Box node={node} source={source} open={props.opened(node)} />
          </g>
        ))}
      </svg>
    </div>
  );
}

function Edge({ edge, target }: { edge: IEdge; target: INode | undefined }): JSX.Element {
  const begun = target && target.attempts > 0 && !/pending|skipped/.test(target.status);
  const tone = begun ? (target.status === 'waiting' ? 'waiting' : 'succeeded') : 'pending';
  return <path class={`mn-edge ${toneOf(tone)}`} d={roundedPath(edge.points)} />;
}

/** The few words at the right end of a box's second line, where there is room for them. */
function asideOf(node: INode, detail: string, room: number): string {
  const cost = node.cost_usd === null || node.reused ? '' : formatMoney(node.cost_usd);
  return cost.length + 1 + detail.length <= room ? cost : '';
}

function detailOf(node: INode): string {
  if (node.reused) {
    return 'taken over, unpaid';
  }
  if (node.stand_in) {
    return `${node.stand_in} stands in`;
  }
  // The iteration stands beside the icon already.
  const detail = node.detail === formatIteration(node) ? node.kind : node.detail;
  return detail || (node.items ? formatItems(node.items) : node.kind);
}

/** `2/4` beside the icon: the iteration, and the most there can be. */
function turnOf({ iteration, at_most }: INode): string {
  return iteration > 1 || at_most !== null ? `↻${iteration}${at_most ? `/${at_most}` : ''}` : '';
}

function Box({
  node,
  source,
  open
}: {
  node: INode;
  source: IRunSource;
  open: boolean;
}): JSX.Element {
  const { width, height, items } = node;
  const calls = node.calls_workflow !== null;
  const right = width - (calls ? 27 : 10);
  const whole = Math.floor((right - 12) / SMALL_PX);
  const detail = detailOf(node);
  const aside = asideOf(node, detail, whole);
  const room = whole - (aside ? aside.length + 1 : 0);
  const middle = height / 2;
  const turn = turnOf(node);
  const marks = 42 + (turn ? turn.length * SMALL_PX + 2 : 0);
  const told = [
    node.name,
    node.status.replace('_', ' '),
    node.detail,
    node.detail === formatIteration(node) ? '' : formatIteration(node),
    node.reused || node.stand_in ? detail : ''
  ];
  return (
    <>
      <title>{told.filter(part => part !== '').join(' · ')}</title>
      {items && <rect class="mn-behind" x={4} y={-4} width={width} height={height} rx={6} />}
      <rect class="mn-box" width={width} height={height} rx={6} />
      <text class="mn-label" x={11} y={middle - 4}>
        {shorten(node.name, (width - marks) / NAME_PX)}
      </text>
      {node.status === 'running' || node.status === 'retrying' ? (
        <Written node={node} source={source} detail={shorten(detail, room)} room={room} />
      ) : (
        <text class="mn-small" x={11} y={middle + 14}>
          {shorten(detail, room)}
        </text>
      )}
      {aside && (
        <text class="mn-small mn-right" x={right} y={middle + 14}>
          {aside}
        </text>
      )}
      {turn && (
        <text class="mn-small mn-right" x={width - 27} y={middle - 5}>
          {turn}
        </text>
      )}
      {calls && (
        <path
          class="mn-inner"
          transform={`translate(${width - 21} ${middle + 4})`}
          d={open ? 'M1 1h9v9h-9zM3.2 5.5h4.6' : 'M1 1h9v9h-9zM3.2 5.5h4.6M5.5 3.2v4.6'}
        />
      )}
      <StatusIcon status={node.status} x={width - 22} y={middle - 16} size={13} />
      {items && items.total > 0 && <Share width={width} y={height - 4} node={node} />}
    </>
  );
}

/** The end of what a model is writing, in the place of the detail. */
function Written(props: {
  node: INode;
  source: IRunSource;
  detail: string;
  room: number;
}): JSX.Element {
  const { node, room } = props;
  const text = useText(props.source, node.path);
  const tail = text === null ? '' : text.tail.replace(/\s+/g, ' ').trim();
  const most = Math.max(4, Math.floor(room) - 1);
  return (
    <text class={`mn-small ${tail ? 'mn-written' : ''}`} x={11} y={node.height / 2 + 14}>
      {tail === '' ? props.detail : tail.length <= most ? tail : `…${tail.slice(-most)}`}
    </text>
  );
}

function Share({ node, width, y }: { node: INode; width: number; y: number }): JSX.Element | null {
  if (node.items === null) {
    return null;
  }
  const unit = (width - 12) / node.items.total;
  const { succeeded, failed } = node.items;
  return (
    <g transform={`translate(6 ${y})`}>
      <rect class="mn-part mn-t-ok" width={unit * succeeded} height={2} />
      <rect class="mn-part mn-t-bad" x={unit * succeeded} width={unit * failed} height={2} />
    </g>
  );
}
