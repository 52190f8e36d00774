/** The host of the view in the outputs of a notebook in JupyterLab. */

import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { IRenderMime } from '@jupyterlab/rendermime';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { render } from 'preact';

import { KernelLink } from './link';
import { SavedForm } from './saved';
import { LiveSource } from './source';
import { isPicture } from './view/picture';
import { RunView } from './view/run';

export const MIME_TYPE = 'application/vnd.mn-notebook.run+json';

interface IPayload {
  run_id?: unknown;
  picture?: unknown;
}

/** Shows the saved picture at once, and the live one as soon as a kernel offers it. */
export class RunRenderer extends Widget implements IRenderMime.IRenderer {
  private readonly _source = new LiveSource();
  private readonly _saved = new SavedForm(this._source, MIME_TYPE);
  private _link: KernelLink | null = null;
  private _runId: string | null = null;

  constructor(private readonly _tracker: INotebookTracker | null) {
    super();
    this.addClass('mn-output');
  }

  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const payload = (model.data[MIME_TYPE] ?? {}) as IPayload;
    const picture = isPicture(payload.picture) ? payload.picture : null;
    const runId = typeof payload.run_id === 'string' ? payload.run_id : (picture?.run_id ?? null);
    if (runId !== this._runId) {
      this._link?.dispose();
      this._link = null;
      this._runId = runId;
    }
    this._source.show(picture);
    this._saved.saved(model);
    this._connect();
    render(<RunView source={this._source} />, this.node);
    return Promise.resolve();
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._saved.dispose();
    this._link?.dispose();
    render(null, this.node);
    super.dispose();
  }

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._connect();
  }

  private _connect(): void {
    if (this._link !== null || this._runId === null || !this.isAttached) {
      return;
    }
    const panel = this._panel();
    if (panel !== undefined) {
      this._link = new KernelLink(panel.sessionContext, this._source, this._runId);
    }
  }

  private _panel(): NotebookPanel | undefined {
    return this._tracker?.find(panel => panel.node.contains(this.node));
  }
}
