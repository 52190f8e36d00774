/** Keeps what a notebook saves of a run as true as what it shows of it. */

import type { IRenderMime } from '@jupyterlab/rendermime';
import type { JSONObject } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';

import { LiveSource, requestId } from './source';
import { isPicture } from './view/picture';

/** Longer than the kernel that made the output takes to update it by itself. */
const PATIENCE_MS = 3000;

/**
 * Replaces a saved form that has fallen behind, once the run rests.
 *
 * The kernel that showed a run updates its output. After a restart, and where another output shows
 * the same run, nobody does: the view follows the run, and the saved form would stay as it was.
 */
export class SavedForm implements IDisposable {
  private _model: IRenderMime.IMimeModel | null = null;
  private _rev = -1;
  private _timer: ReturnType<typeof setTimeout> | null = null;
  private readonly _stop: () => void;
  private _disposed = false;

  constructor(
    private readonly _source: LiveSource,
    private readonly _mimeType: string
  ) {
    this._stop = _source.subscribe(() => this._look());
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    this._disposed = true;
    this._stop();
    this._forget();
  }

  /** Say what is saved now. */
  saved(model: IRenderMime.IMimeModel): void {
    this._model = model;
    this._rev = revOf(model.data[this._mimeType]);
    this._look();
  }

  private _isBehind(): boolean {
    const run = this._source.get();
    const rests = run !== null && run.status !== 'running' && run.status !== 'queued';
    return this._source.connected && rests && run.rev > this._rev;
  }

  private _look(): void {
    this._forget();
    if (!this._disposed && this._model !== null && this._isBehind()) {
      this._timer = setTimeout(() => void this._renew(), PATIENCE_MS);
    }
  }

  private _forget(): void {
    if (this._timer !== null) {
      clearTimeout(this._timer);
      this._timer = null;
    }
  }

  private async _renew(): Promise<void> {
    const run = this._source.get();
    if (run === null || !this._isBehind()) {
      return;
    }
    const { bundle } = await this._source.act({
      verb: 'look_saved',
      id: requestId(),
      run_id: run.run_id
    });
    const newer = revOf(bundle?.[this._mimeType]) > this._rev;
    // Others may have saved it meanwhile, or shown another run in its place.
    const same = this._source.get()?.run_id === run.run_id;
    if (bundle && newer && same && !this._disposed && this._model !== null) {
      this._model.setData({ data: { ...this._model.data, ...bundle } as JSONObject });
    }
  }
}

/** Which moment of a run a payload shows; -1: none. */
function revOf(payload: unknown): number {
  const { picture } = (payload ?? {}) as { picture?: unknown };
  return isPicture(picture) ? picture.rev : -1;
}
