/** Lines of the graph. */

export type Point = [number, number];

/** An SVG path through `points` whose corners are rounded. */
export function roundedPath(points: readonly Point[], radius = 8): string {
  if (points.length < 2) {
    return '';
  }
  const parts = [`M${pair(points[0])}`];
  for (let index = 1; index < points.length - 1; index++) {
    const corner = points[index];
    parts.push(`L${pair(towards(corner, points[index - 1], radius))}`);
    parts.push(`Q${pair(corner)} ${pair(towards(corner, points[index + 1], radius))}`);
  }
  parts.push(`L${pair(points[points.length - 1])}`);
  return parts.join('');
}

const SMALLEST_WHOLE = 0.74;
const SMALLEST_PART = 0.85;

/**
 * How much smaller than life a drawing is shown.
 *
 * It fits when that leaves it readable; what is scrolled anyway is shown a little larger.
 */
export function fitScale(width: number, room: number): number {
  if (width <= 0 || room <= 0) {
    return 1;
  }
  const whole = room / width;
  return whole < SMALLEST_WHOLE ? SMALLEST_PART : Math.min(1, whole);
}

function towards(from: Point, to: Point, distance: number): Point {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(dx, dy);
  const share = length > 0 ? Math.min(0.5, distance / length) : 0;
  return [from[0] + dx * share, from[1] + dy * share];
}

function pair([x, y]: Point): string {
  return `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
}
