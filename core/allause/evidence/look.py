"""A look at what metadata and source of a component say, which runs nothing of it."""

import sys
from collections.abc import Sequence

from allause.discovery import ComponentRecord
from allause.evidence.record import Evidence
from allause.evidence.source import SourceEvidence, read_source


def gather_static(record: ComponentRecord, *, core_version: str, extra_sys_path: Sequence[str] = ()) -> Evidence:
    """Gather what metadata and source say; nothing of the component runs.

    :param extra_sys_path: folders looked in before those of ``sys.path``.
    """
    path = (*extra_sys_path, *sys.path) if extra_sys_path else None
    source = read_source(record.module, record.attribute, path) if record.module else SourceEvidence(file=None)
    return Evidence(record=record, core_version=core_version, source=source, search_path=path)
