/** The way between a view in JupyterLab and the kernel of its notebook. */

import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';

import type { LiveSource } from './source';

const TARGET = 'mn_notebook';
const SUBSHELL_PATIENCE_MS = 1500;

/** A cell that may have loaded the extension, so that asking the kernel again is worth it. */
const MENTIONS_US = /\bmn(_notebook)?\b/;

/**
 * Keeps a comm to the kernel open for one run, across restarts and changes of the kernel.
 *
 * A kernel that does not know the comm's target closes it at once. It is asked again when a cell
 * was executed that may have loaded the extension, not by a timer.
 */
export class KernelLink implements IDisposable {
  private _kernel: Kernel.IKernelConnection | null = null;
  private _comm: Kernel.IComm | null = null;
  private _opening = false;
  /** The kernel may know more than when it was asked last. */
  private _again = false;
  /** The request that runs a cell which may load the extension. */
  private _loading: string | null = null;
  private _disposed = false;

  constructor(
    private readonly _context: ISessionContext,
    private readonly _source: LiveSource,
    private readonly _runId: string
  ) {
    _context.kernelChanged.connect(this._onKernelChanged, this);
    _context.statusChanged.connect(this._onStatus, this);
    _context.iopubMessage.connect(this._onMessage, this);
    this._adopt(_context.session?.kernel ?? null);
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    if (this._disposed) {
      return;
    }
    this._disposed = true;
    this._context.kernelChanged.disconnect(this._onKernelChanged, this);
    this._context.statusChanged.disconnect(this._onStatus, this);
    this._context.iopubMessage.disconnect(this._onMessage, this);
    this._drop(true);
  }

  private _onKernelChanged(): void {
    this._adopt(this._context.session?.kernel ?? null);
  }

  private _onStatus(_: ISessionContext, status: Kernel.Status): void {
    if (status === 'restarting' || status === 'autorestarting' || status === 'dead') {
      this._drop(false);
      this._again = status !== 'dead';
    } else if (status === 'idle') {
      this._retry();
    }
  }

  private _onMessage(_: ISessionContext, message: KernelMessage.IMessage): void {
    if (this._source.connected) {
      return;
    }
    const cell = (message.parent_header as { msg_id?: string }).msg_id ?? null;
    const { code, execution_state } = message.content as {
      code?: unknown;
      execution_state?: unknown;
    };
    if (message.header.msg_type === 'execute_input') {
      this._loading = typeof code === 'string' && MENTIONS_US.test(code) ? cell : this._loading;
    } else if (execution_state === 'idle' && cell !== null && cell === this._loading) {
      this._loading = null;
      this._again = true;
      this._retry();
    }
  }

  /** A comm that is still open may be about to be refused: its end calls this again. */
  private _retry(): void {
    if (this._comm?.isDisposed) {
      this._comm = null;
    }
    if (this._again && this._comm === null && !this._opening) {
      this._again = false;
      void this._open();
    }
  }

  private _adopt(kernel: Kernel.IKernelConnection | null): void {
    if (kernel !== this._kernel) {
      this._drop(false);
      this._kernel = kernel;
      void this._open();
    }
  }

  private async _open(): Promise<void> {
    const kernel = this._kernel;
    if (this._comm !== null || this._opening || this._disposed || kernel === null) {
      return;
    }
    this._opening = true;
    try {
      await kernel.info;
      const comm = kernel.createComm(TARGET);
      await onSubshell(kernel, comm);
      if (this._disposed || kernel !== this._kernel || comm.isDisposed) {
        comm.dispose();
        return;
      }
      this._comm = comm;
      comm.onMsg = message => {
        if (this._comm === comm) {
          this._receive(comm, message.content.data);
        }
      };
      comm.onClose = () => {
        if (this._comm === comm) {
          this._comm = null;
          this._source.disconnect();
          this._retry();
        }
      };
      comm.open({ run_id: this._runId });
    } catch {
      // The kernel went away meanwhile: its successor is announced by a signal.
      this._drop(false);
    } finally {
      this._opening = false;
      this._retry();
    }
  }

  /** The first message shows that the kernel knows the run; before it nothing may be sent. */
  private _receive(comm: Kernel.IComm, message: unknown): void {
    if (!this._source.connected) {
      this._again = false;
      this._source.connect(action => {
        comm.send(action as unknown as JSONObject);
      });
    }
    this._source.receive(message);
  }

  private _drop(tell: boolean): void {
    const comm = this._comm;
    this._comm = null;
    if (comm !== null && !comm.isDisposed) {
      if (tell && this._kernel !== null) {
        void close(this._kernel, comm);
      } else {
        comm.dispose();
      }
    }
    this._source.disconnect();
  }
}

/**
 * Close a comm, and let go of its subshell when the kernel has read that it is closed.
 *
 * JupyterLab ends the subshell of the last comm without waiting for that: what is still to be read
 * there is complained about by the kernel, in whatever cell runs. Another comm keeps it until then.
 */
async function close(kernel: Kernel.IKernelConnection, comm: Kernel.IComm): Promise<void> {
  let keeper: Kernel.IComm | null = null;
  try {
    if (kernel.supportsSubshells) {
      keeper = kernel.createComm(TARGET);
      await onSubshell(kernel, keeper);
    }
    if (!comm.isDisposed) {
      await comm.close().done;
    }
  } catch {
    // The kernel went away, and all of this with it.
    comm.dispose();
  } finally {
    keeper?.dispose();
  }
}

/** Let the comm use a subshell where the kernel has them: it answers while a cell runs. */
async function onSubshell(kernel: Kernel.IKernelConnection, comm: Kernel.IComm): Promise<void> {
  if (!kernel.supportsSubshells) {
    return;
  }
  const { subshellStarted } = comm as { subshellStarted?: Promise<void> };
  await Promise.race([
    Promise.resolve(subshellStarted).catch(() => undefined),
    new Promise(resolve => setTimeout(resolve, SUBSHELL_PATIENCE_MS))
  ]);
}
