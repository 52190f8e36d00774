"""Shows a run under a cell: live where somebody looks, and true in the notebook that is saved."""

import contextvars
import logging
from collections.abc import Callable, Mapping
from typing import Any

from mn_notebook.domain.ids import RunId
from mn_notebook.domain.picture import RunPicture
from mn_notebook.notebook.bundle import Bundle, picture_json, run_bundle
from mn_notebook.notebook.publisher import Publisher
from mn_notebook.verbs.session import Session

OnAction = Callable[[dict[str, Any]], dict[str, Any]]

_log = logging.getLogger(__name__)


class LiveViews:
    """The views of this notebook's runs."""

    def __init__(self, session: Session, publisher: Publisher, on_action: OnAction) -> None:
        """Show runs of ``session``."""
        self._session = session
        self._publisher = publisher
        self._on_action = on_action
        self._views: dict[RunId, _View] = {}
        self._stops: dict[RunId, Callable[[], None]] = {}

    def show(self, run_id: RunId) -> None:
        """Show a run in the output of the running cell; an older view of it stays as it is."""
        stop = self._stops.pop(run_id, None)
        if stop is not None:
            stop()
        picture = self._session.client.picture(run_id)
        view = self._views[run_id] = _View(picture, self._widget(picture))
        self._stops[run_id] = self._publisher.follow(run_id, view.update, view.tell)

    def flush(self, run_id: RunId) -> None:
        """Let a run's view show, and save, where it stands now: the running cell says so."""
        view = self._views.get(run_id)
        if view is not None:
            view.show(self._session.client.picture(run_id))

    def close(self) -> None:
        """Stop updating."""
        for stop in self._stops.values():
            stop()
        self._stops.clear()

    def _widget(self, picture: RunPicture) -> Any:
        """Return a widget, where a front end may be there to draw it."""
        if not self._session.settings.is_attended():
            return None
        try:
            from mn_notebook.notebook.widget import RunWidget

            return RunWidget(self._on_action, picture=picture_json(picture))
        except Exception as fault:  # noqa: BLE001 - the static display tells all that a widget does
            _log.info(
                "The widget is not available",
                exc_info=fault,
                extra={"run_id": picture.run_id, "step_id": None},
            )
            return None


class _View:
    """One output: a widget that is kept up to date, and a saved form that ends up true."""

    def __init__(self, picture: RunPicture, widget: Any) -> None:
        from IPython.display import display

        self._widget = widget
        # A thread has no cell. What it sends belongs to the cell that showed the view; a cell that
        # waits sends for itself, because nbclient hears nothing but the running cell.
        self._context = contextvars.copy_context()
        self._handle = display(  # type: ignore[no-untyped-call]  # IPython's is untyped
            self._bundle(picture), raw=True, display_id=True
        )
        self._saved = picture.rev

    def update(self, picture: RunPicture) -> None:
        """Show a newer picture; the publisher's thread calls it."""
        self._context.copy().run(self._update, picture)

    def tell(self, message: Mapping[str, object]) -> None:
        """Show what is being written; it is never saved."""
        if self._widget is not None:
            self._context.copy().run(self._widget.send, dict(message))

    def _update(self, picture: RunPicture) -> None:
        rests = picture.status not in ("queued", "running")
        if rests and picture.rev != self._saved:
            self.show(picture)
        elif self._widget is not None:
            self._widget.picture = picture_json(picture)

    def show(self, picture: RunPicture) -> None:
        """Show a picture and save it with the notebook."""
        self._saved = picture.rev
        if self._widget is not None:
            self._widget.picture = picture_json(picture)
        if self._handle is not None:
            self._handle.update(self._bundle(picture), raw=True)

    def _bundle(self, picture: RunPicture) -> Bundle:
        bundle = run_bundle(picture)
        if self._widget is None:
            return bundle
        shown = self._widget._repr_mimebundle_()
        data = shown[0] if isinstance(shown, tuple) else shown
        return {**(data or {}), **bundle}
