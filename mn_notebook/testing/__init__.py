"""Public doubles: stand-ins for what lies outside, for tests of workflows and of this package.

A workflow is tested against a real server of this machine that answers from a script. Whatever it
answers is stamped as scripted: in the journal, and wherever the run is shown.

>>> from mn_notebook.testing import Script, ScriptedModelServer, fails
>>> from mn_notebook.settings import MnSettings
>>> from mn_notebook.verbs.control import run
>>> from mn_notebook.verbs.session import Session
>>> import pathlib, tempfile
>>> folder = pathlib.Path(tempfile.mkdtemp())
>>> _ = (folder / "sort.yaml").write_text('''
... workflow: sort
... inputs: {text: str}
... steps:
...   sort:
...     agent: "A complaint or a question? {{ inputs.text }}"
...     output: {kind: complaint | question}
...     retry: {attempts: 2, backoff: 0s}
... ''')

First the server is busy, then it answers: the workflow is to survive that.

>>> script = Script.of(fails(503), {"kind": "complaint"})
>>> with ScriptedModelServer(script) as server:
...     settings = MnSettings(
...         store=str(folder / "store.db"), base_url=server.base_url, model=script.model
...     )
...     session = Session(settings)
...     picture = run(session, str(folder / "sort.yaml"), "text=It broke.", wait=True)
...     output = session.client.output(picture.run_id)
...     session.close()

>>> picture.status, output, picture.scripted
('succeeded', {'sort': {'kind': 'complaint'}}, True)
>>> [request.outcome for request in server.requests]
['status', 'text']
>>> "It broke." in server.requests[0].prompt
True

In a notebook, start the server in a cell and let ``%config MnSettings.base_url`` be its
``base_url``; from a terminal, ``python -m mn_notebook.testing.model_server`` serves a script from a
file.
"""

from mn_notebook.testing.doubles import (
    FakeClock,
    NothingWillHappen,
    SequentialIds,
    VirtualTimeLoop,
)
from mn_notebook.testing.model_server import ScriptedModelServer, SeenRequest
from mn_notebook.testing.script import (
    Asked,
    FaultKind,
    ModelFault,
    Reply,
    Rule,
    Script,
    ScriptedCall,
    fails,
)
from mn_notebook.testing.scripted import MadeCall, ScriptedModel
from mn_notebook.testing.simulation import Crash, CrashAt, SimulatedWriter

__all__ = [
    "Asked",
    "Crash",
    "CrashAt",
    "FakeClock",
    "FaultKind",
    "MadeCall",
    "ModelFault",
    "NothingWillHappen",
    "Reply",
    "Rule",
    "Script",
    "ScriptedCall",
    "ScriptedModel",
    "ScriptedModelServer",
    "SeenRequest",
    "SequentialIds",
    "SimulatedWriter",
    "VirtualTimeLoop",
    "fails",
]
