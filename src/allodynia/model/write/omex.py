"""Files of a simulation in one COMBINE archive (OMEX): a zip with a manifest that says what each file is.

Bergmann et al., BMC Bioinformatics 2014, doi 10.1186/s12859-014-0369-z. The time course is told in SED-ML Level 1
Version 4. The same content gives the same bytes.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from xml.sax.saxutils import quoteattr

from allodynia.errors import InvalidInput

FORMATS: Mapping[str, str] = {
    ".xml": "http://identifiers.org/combine.specifications/sbml.level-3.version-1",
    ".sedml": "http://identifiers.org/combine.specifications/sed-ml.level-1.version-4",
    ".ant": "https://purl.org/NET/mediatypes/text/plain",
    ".yaml": "https://purl.org/NET/mediatypes/application/yaml",
    ".tsv": "https://purl.org/NET/mediatypes/text/tab-separated-values",
    ".json": "https://purl.org/NET/mediatypes/application/json",
    ".md": "https://purl.org/NET/mediatypes/text/markdown",
}
_LEVEL_1 = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip can hold: no clock enters the bytes


def archive(files: Mapping[str, str], master: str | None = None) -> bytes:
    """The archive of ``files`` (name within it to text), of which ``master`` is the one to run.

    Raises
    ------
    InvalidInput
        A name that leaves the archive, or an ending that has no format.
    """
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<omexManifest xmlns="http://identifiers.org/combine.specifications/omex-manifest">',
        '<content location="." format="http://identifiers.org/combine.specifications/omex"/>',
        '<content location="./manifest.xml" format="http://identifiers.org/combine.specifications/omex-manifest"/>',
    ]
    for name in sorted(files):
        ending = name[name.rfind(".") :]
        if ending not in FORMATS:
            raise InvalidInput(f"{name!r}: no format is known for {ending!r}; known are {', '.join(FORMATS)}")
        if name.startswith("/") or ".." in name.split("/") or "\\" in name:
            raise InvalidInput(f"{name!r} does not lie in the archive")
        first = ' master="true"' if name == master else ""
        lines.append(f'<content location={quoteattr("./" + name)} format="{FORMATS[ending]}"{first}/>')
    lines += ["</omexManifest>", ""]
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in [("manifest.xml", "\n".join(lines)), *sorted(files.items())]:
            member = zipfile.ZipInfo(name, _LEVEL_1)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            packed.writestr(member, text)
    return buffer.getvalue()


def time_course(
    model: str,
    outputs: Sequence[tuple[str, str]],
    end: float,
    points: int,
    *,
    changes: Mapping[str, float] | None = None,
) -> str:
    """The SED-ML text of one uniform time course from 0 to ``end`` (model time) with ``points`` intervals.

    ``model`` is the SBML file beside it, ``outputs`` pairs of SBML id and label, ``changes`` values of parameters by
    SBML id.
    """
    sbml = "/sbml:sbml/sbml:model/sbml:listOfParameters/sbml:parameter"
    edits = "".join(
        f'<changeAttribute target="{sbml}[@id=\'{name}\']/@value" newValue="{value!r}"/>'
        for name, value in (changes or {}).items()
    )
    changed = f"<listOfChanges>{edits}</listOfChanges>" if edits else ""
    variables = "".join(
        f'<dataGenerator id="data_{name}" name={quoteattr(label)}><listOfVariables>'
        f'<variable id="value_{name}" target="{sbml}[@id=\'{name}\']" taskReference="run"/></listOfVariables>'
        f'<math xmlns="http://www.w3.org/1998/Math/MathML"><ci> value_{name} </ci></math></dataGenerator>'
        for name, label in outputs
    )
    sets = "".join(
        f'<dataSet id="set_{name}" label={quoteattr(label)} dataReference="data_{name}"/>' for name, label in outputs
    )
    return "\n".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<sedML xmlns="http://sed-ml.org/sed-ml/level1/version4" '
            'xmlns:sbml="http://www.sbml.org/sbml/level3/version1/core" level="1" version="4">',
            '<listOfModels><model id="model" language="urn:sedml:language:sbml.level-3.version-1" '
            f"source={quoteattr(model)}>"
            + (f"<listOfChanges>{changed}</listOfChanges>" if changed else "")
            + "</model>"
            "</listOfModels>",
            f'<listOfSimulations><uniformTimeCourse id="course" initialTime="0" outputStartTime="0" '
            f'outputEndTime="{end!r}" numberOfSteps="{points}"><algorithm kisaoID="KISAO:0000019"/></uniformTimeCourse>'
            "</listOfSimulations>",
            '<listOfTasks><task id="run" modelReference="model" simulationReference="course"/></listOfTasks>',
            '<listOfDataGenerators><dataGenerator id="data_time" name="time"><listOfVariables>'
            '<variable id="value_time" symbol="urn:sedml:symbol:time" taskReference="run"/></listOfVariables>'
            '<math xmlns="http://www.w3.org/1998/Math/MathML"><ci> value_time </ci></math></dataGenerator>'
            f"{variables}</listOfDataGenerators>",
            '<listOfOutputs><report id="report"><listOfDataSets>'
            f'<dataSet id="set_time" label="time" dataReference="data_time"/>{sets}</listOfDataSets></report>'
            "</listOfOutputs>",
            "</sedML>",
            "",
        )
    )
