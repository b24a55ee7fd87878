"""Whatever is wrong in a study file is said in one line: the file, the line, what, and the nearest valid names."""

import pytest

from allodynia.errors import AllodyniaError, InvalidInput
from allodynia.study import AsPlanned, Expectation, load_study, read_study, simulate_study
from allodynia.study.bind import bind


def line_of(text, part):
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def refused(text, body, part, **more):
    """The message for ``text``; asserts that it is one line that begins with the line holding ``part``."""
    with pytest.raises(AllodyniaError) as caught:
        simulate_study(read_study(text, "mine", "mine.yaml"), body, integrate=never, **more)
    message = str(caught.value)
    assert message.startswith(f"mine.yaml:{line_of(text, part)}: "), message
    assert "\n" not in message
    return message


def never(*args, **more):
    raise AssertionError("nothing is solved for a study that is refused")


RATIO = "over_baseline: {kind: output_ratio, endpoint: plasma, over: presure, at: 1 d}"
POSITIVE = "positive: {kind: share_of_donors_positive, endpoint: "
DRAWN_TWICE = "also_draw: {pressure: {output: paw.pressure, label: x, unit: g}}\nobservables:\n"
ODD = (
    "also_draw: {rate: {output: nerve.rate, label: x, unit: 1/d}}\nobservables:\n"
    "  odd: {kind: output_ratio, endpoint: plasma, over: rate, arm: fm_igg, at: 1 d}\n"
)
DOSE = "{into: body.depot, amount: 8 mg, at: 0 d, every: 1 d, repeat: 4}"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        # keys and values of the wrong shape
        ("question: Does", "qestion: Does", "unknown key 'qestion'; did you mean 'question'"),
        (DOSE, DOSE.replace("amount", "amuont"), "unknown key 'amuont'; did you mean 'amount'"),
        ("{additive: 1 ug, evidence", "{aditive: 1 ug, evidence", "unknown key 'aditive'; did you mean 'additive'"),
        (
            "{kind: mean, endpoint: pressure, scale: ratio}",
            "{kind: mean, endpont: pressure}",
            "unknown key 'endpont'; did you mean 'endpoint'",
        ),
        ("species: mouse", "species: mose", "unknown species 'mose'; did you mean 'mouse'"),
        ("subjects: 6", "subjects: 0", "subjects: input should be greater than or equal to 1, not 0"),
        ("subjects: 6", "subjects: '6'", "subjects: input should be a valid integer, not '6'"),
        ("subjects: 6", "subjects: 6.5", "subjects: "),
        ("{kind: mean,", "{kind: maen,", "unknown kind of statistic 'maen'; did you mean 'mean'"),
        ("{kind: mean, endpoint: pressure, scale: ratio}", "{endpoint: pressure, scale: ratio}", "kind is missing"),
        ("scale: ratio}", "scale: ration}", "unknown scale 'ration'; did you mean 'ratio'"),
        ("  saline: {}", "  sa line: {}", "'sa line' is not a name"),
        # doses
        (DOSE, DOSE.replace("8 mg", "-8 mg"), "the dose -8 mg is negative"),
        (DOSE, DOSE.replace("8 mg", "nan mg"), "'nan mg' is not a finite number"),
        (DOSE, DOSE.replace("8 mg", "inf mg"), "'inf mg' is not a finite number"),
        (DOSE, DOSE.replace("8 mg", ".nan"), "has no unit"),
        (DOSE, DOSE.replace("8 mg", "8"), "8 has no unit; write for example '8 mg'"),
        (DOSE, DOSE.replace("8 mg", "8 mL"), "body.depot is in 'mg'; 'mL' measures something else"),
        (DOSE, DOSE.replace("8 mg", "8 mgg"), "unknown unit 'mgg'; did you mean"),
        (DOSE, DOSE.replace("at: 0 d", "at: 21 d"), "21 d is after the end of follow-up (20 d)"),
        (DOSE, DOSE.replace("at: 0 d", "at: -1 d"), "-1 d is before the start"),
        (DOSE, DOSE.replace("repeat: 4", "repeat: 40"), "dose 40 would be given at 39 d, after the end of follow-up"),
        (DOSE, DOSE.replace("every: 1 d, ", ""), "repeat: needs every:"),
        (DOSE, DOSE.replace("every: 1 d", "every: 0 d"), "every: 0 d is no time at all"),
        (DOSE, DOSE.replace("body.depot", "body.dept"), "unknown state 'body.dept'; did you mean 'body.depot'"),
        (DOSE, DOSE.replace("into: body.depot, ", ""), "a dose is of a drug (drug: and route:), or goes into a state"),
        (DOSE, DOSE.replace("at: 0 d", "at: 0 mg"), "at is in 'd'; 'mg' measures something else"),
        (DOSE, DOSE.replace("}", ", over: 1 h}"), "an infusion (over:) goes through a rate parameter"),
        (DOSE, "{through: body.infusion, amount: 8 mg, at: 0 d}", "an infusion needs over:"),
        (
            DOSE,
            "{through: body.infuson, amount: 8 mg, over: 1 h, at: 0 d}",
            "unknown parameter 'body.infuson'; did you mean 'body.infusion'",
        ),
        (DOSE, "{through: body.infusion, amount: 8 mg, over: 2 d, at: 19 d}", "the last infusion ends after follow-up"),
        (
            DOSE,
            "{through: body.infusion, amount: 8 mg, over: 2 d, at: 0 d, every: 1 d, repeat: 2}",
            "the next infusion would start before",
        ),
        (
            DOSE,
            "{through: body.loss, amount: 8 mg, over: 2 d, at: 0 d}",
            "body.loss is in '1/d'; 'mg/d' measures something else",
        ),
        # names that must exist in the study or the system
        ("    donors: healthy", "    donors: helthy", "unknown donors 'helthy'; did you mean 'healthy'"),
        (
            "  healthy: {population: healthy, n: 3}",
            "  healthy: {population: helthy, n: 3}",
            "unknown population 'helthy'; did you mean 'healthy'",
        ),
        ("    pool: fm_pool", "    pool: fm_poll", "unknown pool 'fm_poll'; did you mean 'fm_pool'"),
        ("    pool: fm_pool", "    pool: fm_pool\n    donors: fm", "gets either donors: or pool:, not both"),
        ("titre: given.titre,", "titre: given.titer,", "unknown parameter 'given.titer'; did you mean 'given.titre'"),
        ("    twins_of: fm_igg", "    twins_of: fm_ig", "unknown arm 'fm_ig'; did you mean 'fm_igg'"),
        ("    twins_of: fm_igg", "    twins_of: knockout", "arms are twins of each other in a circle"),
        ("    edges: {gate: 0}", "    edges: {gat: 0}", "unknown edge 'gat'; did you mean 'gate'"),
        (
            "  saline: {}",
            "  saline: {inputs: {body.los: 1 1/d}}",
            "unknown parameter 'body.los'; did you mean 'body.loss'",
        ),
        (
            "    output: paw.pressure",
            "    output: paw.presure",
            "unknown output 'paw.presure'; did you mean 'paw.pressure'",
        ),
        ("    unit: ug", "    unit: mL", "body.plasma is in 'mg'; 'mL' measures something else"),
        ("    unit: ug", "    unit: ugg", "unknown unit 'ugg'"),
        ("{additive: 1 ug, evidence", "{additive: 1 g/L, evidence", "additive is in 'ug'"),
        ("    floor: 0 ug", "    floor: 0 d", "floor is in 'ug'"),
        ("    measured: [0 d, 1 d, 4 d]", "    measured: [0 d, 1 d, 40 d]", "40 d is after the end of follow-up"),
        ("    table_at: 8 d", "    table_at: 9 d", "table_at: 9 d is not among the times measured"),
        ("sampling: {every: 1 d}", "sampling: {every: 1e-9 d}", "every: 1e-09 d gives no usable grid"),
        ("follow_up: 20 d", "follow_up: 0 d", "follow_up: 0 d is no time at all"),
        ("versus: saline,", "versus: salin,", "unknown arm 'salin'; did you mean 'saline'"),
        (
            "over_baseline: {kind: mean, endpoint: pressure, scale: ratio}",
            RATIO,
            "unknown endpoint 'presure'; did you mean 'pressure'",
        ),
        ("observables:\n", DRAWN_TWICE, "'pressure' is an endpoint already"),
        ("observables:\n", ODD, "rate is in '1/d'; 'ug' measures something else"),
        ("arms: [fm_pool],", "arms: [fm_poll],", "unknown arm 'fm_poll'; did you mean 'fm_pool'"),
        (POSITIVE + "pressure", POSITIVE + "presure", "unknown endpoint 'presure'; did you mean 'pressure'"),
        ("arm: fm_igg, at: [48 h, 8 d]}", "arm: fm_igg, at: [48 h, 8 d], test: welch}", "test: welch needs versus:"),
        ("level: 0.95, every: 0.5 d}", "level: 0.95, every: 1e-9 d}", "gives no usable grid"),
    ],
)
def test_said_in_one_line_at_its_line(study_text, body, old, new, said):
    assert study_text.count(old) >= 1, "the test must change the file"
    changed = study_text.replace(old, new, 1)
    assert said in refused(changed, body, "odd:" if "odd:" in new else new.splitlines()[0])


def test_a_key_that_is_missing_is_named(study_text):
    with pytest.raises(InvalidInput, match=r"^mine.yaml:\d+: title is missing$"):
        read_study(study_text.replace("title: A transfer into a small body\n", ""), "mine", "mine.yaml")


def test_unknown_study_offers_the_nearest():
    with pytest.raises(InvalidInput, match="unknown study 'passive-transfr'; did you mean 'passive-transfer'"):
        load_study("passive-transfr")


def test_unknown_file_offers_the_files_beside_it(tmp_path, study_text):
    (tmp_path / "my-study.yaml").write_text(study_text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"unknown study '.*my-stdy.yaml'; did you mean '.*my-study.yaml'"):
        load_study(str(tmp_path / "my-stdy.yaml"))
    assert load_study(tmp_path / "my-study.yaml").spec == load_study(str(tmp_path / "my-study.yaml")).spec


@pytest.mark.parametrize("text", ["[]", "", "3", "a: !!python/object/apply:os.system [ls]", "a: [", "a: 1\na: 2"])
def test_what_is_no_study_is_refused(text):
    with pytest.raises(InvalidInput, match=r"^x.yaml:\d"):
        read_study(text, "x", "x.yaml")


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xff\xfe\x00bad\x80")
    with pytest.raises(InvalidInput, match=r"x\.yaml: cannot be read as text"):
        load_study(path)


def test_callers_names_are_refused_too(study, body):
    with pytest.raises(InvalidInput, match="unknown edge 'gat'; did you mean 'gate'"):
        bind(study, body, AsPlanned(), edges={"gat": 0.0})
    with pytest.raises(InvalidInput, match="unknown hypothesis 'oen'; did you mean 'one'"):
        bind(study, body, AsPlanned(), hypothesis="oen")
    with pytest.raises(InvalidInput, match="finite number"):
        bind(study, body, AsPlanned(), edges={"gate": float("nan")})
    with pytest.raises(InvalidInput, match="subjects must be at least 1, not 0"):
        bind(study, body, AsPlanned(subjects=0))
    with pytest.raises(InvalidInput, match="worlds must be at least 1, not -1"):
        bind(study, body, Expectation(worlds=-1))


def test_more_than_a_machine_holds_is_refused(study, body):
    with pytest.raises(InvalidInput, match="too many to keep"):
        simulate_study(study, body, subjects=100_000_000, integrate=never)


def test_a_study_of_another_species_is_refused(study_text, body):
    body_of_a_rat = type("Rat", (), {**vars(body), "species": "rat"})()
    with pytest.raises(InvalidInput, match=r"^mine.yaml:3: a study in the mouse, not the rat"):
        bind(read_study(study_text, "mine", "mine.yaml"), body_of_a_rat, AsPlanned())
