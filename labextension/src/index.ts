/** The JupyterLab extension: draws runs in notebook outputs, and colours workflow cells. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';

import { highlightWorkflows } from './highlight';
import { MIME_TYPE, RunRenderer } from './renderer';

/** Before every other way of showing the same output, widgets included. */
const RANK = -10;

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'mn-notebook:plugin',
  description: 'Draws the runs of mn_notebook in notebook outputs.',
  autoStart: true,
  requires: [IRenderMimeRegistry],
  optional: [INotebookTracker],
  activate: (
    _: JupyterFrontEnd,
    renderers: IRenderMimeRegistry,
    tracker: INotebookTracker | null
  ): void => {
    renderers.addFactory(
      {
        safe: true,
        mimeTypes: [MIME_TYPE],
        createRenderer: () => new RunRenderer(tracker)
      },
      RANK
    );
    if (tracker) {
      highlightWorkflows(tracker);
    }
  }
};

export default plugin;
