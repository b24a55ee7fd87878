"""The published JSON Schema is the one the program uses, and the shipped studies keep to it."""

from importlib import resources

import jsonschema
import pytest

from allodynia import yamltext
from allodynia.study import json_schema, study_names
from allodynia.study.load import json_schema_text


def test_the_published_schema_is_that_of_the_model():
    published = (resources.files("allodynia.study") / "schema.json").read_text(encoding="utf-8")
    assert published == json_schema_text(), "write json_schema_text() to src/allodynia/study/schema.json"
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("name", study_names())
def test_shipped_studies_keep_to_the_schema(name):
    text = (resources.files("allodynia.system") / "studies" / f"{name}.yaml").read_text(encoding="utf-8")
    jsonschema.validate(yamltext.load(text).data, json_schema())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("follow_up: 20 d", "follow_up: soon"),
        ("amount: 8 mg", "amount: 8"),
        ("subjects: 6", "subject: 6"),
        ("mean,", "mode,"),
    ],
)
def test_an_editor_sees_mistakes_too(study_text, old, new):
    jsonschema.validate(yamltext.load(study_text).data, json_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yamltext.load(study_text.replace(old, new, 1)).data, json_schema())
