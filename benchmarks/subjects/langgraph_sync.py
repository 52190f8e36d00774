"""LangGraph with ``durability="sync"``: a step waits until the one before is saved."""

from benchmarks.subjects.langgraph import LangGraph

_SYNC = LangGraph("sync")
chain, fan_out, graph = _SYNC.chain, _SYNC.fan_out, _SYNC.graph
begin, go_on = _SYNC.begin, _SYNC.go_on
waiting, write = _SYNC.waiting, _SYNC.write
