"""SBML texts built to hang, crash or mislead whoever reads them; by name, with what must become of each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

MATHML = "http://www.w3.org/1998/Math/MathML"
CORE = "http://www.sbml.org/sbml/level3/version2/core"
COMP = "http://www.sbml.org/sbml/level3/version1/comp/version1"
PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>'

Text = tuple[str, str]
"""What must become of it ("refused", "solved" or "either"), and the text."""


def document(body: str, *, before: str = "", attributes: str = "", outside: str = "") -> str:
    """An SBML document around the content of its model."""
    return (
        f'{PROLOGUE}{before}<sbml xmlns="{CORE}" level="3" version="2" {attributes}><model id="m">{body}</model>'
        f"{outside}</sbml>"
    )


def comp(body: str, outside: str) -> str:
    """A document of the package comp."""
    return document(body, attributes=f'xmlns:comp="{COMP}" comp:required="true"', outside=outside)


def math(content: str) -> str:
    """A formula."""
    return f'<math xmlns="{MATHML}">{content}</math>'


def parameters(names: Sequence[str], value: str = "1", constant: str = "false") -> str:
    """A list of parameters with one value."""
    each = "".join(f'<parameter id="{name}" value="{value}" constant="{constant}"/>' for name in names)
    return f"<listOfParameters>{each}</listOfParameters>"


def rules(assigned: Sequence[tuple[str, str]], rates: Sequence[tuple[str, str]] = (), more: str = "") -> str:
    """A list of rules, variable and formula each, and then ``more``."""
    kinds = (("assignmentRule", assigned), ("rateRule", rates))
    each = "".join(
        f'<{kind} variable="{name}">{math(formula)}</{kind}>' for kind, pairs in kinds for name, formula in pairs
    )
    return f"<listOfRules>{each}{more}</listOfRules>"


def functions(pairs: Sequence[tuple[str, str]], arguments: Sequence[str] = ("x",)) -> str:
    """A list of function definitions: name and body."""
    bound = "".join(f"<bvar><ci>{name}</ci></bvar>" for name in arguments)
    each = "".join(
        f'<functionDefinition id="{name}">{math(f"<lambda>{bound}{body}</lambda>")}</functionDefinition>'
        for name, body in pairs
    )
    return f"<listOfFunctionDefinitions>{each}</listOfFunctionDefinitions>"


def plus(*terms: str) -> str:
    """A sum."""
    return f"<apply><plus/>{''.join(terms)}</apply>"


def ci(name: str) -> str:
    """A variable."""
    return f"<ci>{name}</ci>"


GROWS = [("y", "<cn>1</cn>")]
PLAIN = parameters(["y"], "0") + rules([], GROWS)
"""y' = 1, y(0) = 0: a model that does nothing but go on."""


def _entities() -> dict[str, Text]:
    inside = document(PLAIN).removeprefix(PROLOGUE)

    def typed(declarations: str) -> str:
        return f"{PROLOGUE}<!DOCTYPE sbml [{declarations}]>{inside}"

    return {
        "a document type that declares nothing": ("refused", typed("")),
        "an external document type": ("refused", f'{PROLOGUE}<!DOCTYPE sbml SYSTEM "http://127.0.0.1:9/x.dtd">{inside}'),
        "a parameter entity": ("refused", typed('<!ENTITY % p SYSTEM "file:///dev/zero"> %p;')),
        "an entity of a million letters, a thousand times": (
            "refused", typed(f'<!ENTITY a "{"a" * 1_000_000}">').replace('id="m"', f'id="{"&a;" * 1000}"'),
        ),
        "defaults for attributes": ("refused", typed('<!ATTLIST model id CDATA "n">')),
        "an inclusion": (
            "either",
            document(f'<annotation><i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'
                     f"</annotation>{PLAIN}"),
        ),
        "a style sheet": ("either", document(PLAIN, before='<?xml-stylesheet href="file:///dev/zero"?>')),
    }  # fmt: skip


TOP = '<comp:listOfSubmodels><comp:submodel comp:id="a" comp:modelRef="m{}"/></comp:listOfSubmodels>'


def _levels(height: int, each: int, last: str) -> str:
    """Definitions of models that each hold ``each`` of the one below; the lowest is ``last``."""
    found = []
    for i in range(height):
        inner = last
        if i:
            subs = "".join(f'<comp:submodel comp:id="s{j}" comp:modelRef="m{i - 1}"/>' for j in range(each))
            inner = f"<comp:listOfSubmodels>{subs}</comp:listOfSubmodels>"
        found.append(f'<comp:modelDefinition id="m{i}">{inner}</comp:modelDefinition>')
    return f"<comp:listOfModelDefinitions>{''.join(found)}</comp:listOfModelDefinitions>"


def _packages() -> dict[str, Text]:
    def outside(source: str) -> str:
        model = '<comp:listOfSubmodels><comp:submodel comp:id="a" comp:modelRef="other"/></comp:listOfSubmodels>'
        external = f'<comp:externalModelDefinition comp:id="other" comp:source="{source}"/>'
        listed = f"<comp:listOfExternalModelDefinitions>{external}</comp:listOfExternalModelDefinitions>"
        return comp(model, listed)

    top = TOP
    circle = "".join(
        f'<comp:modelDefinition id="m{i}">{top.format(1 - i)}</comp:modelDefinition>' for i in range(2)
    )  # fmt: skip
    return {
        "a submodel in a file": ("refused", outside("/etc/passwd")),
        "a submodel on the net": ("refused", outside("http://127.0.0.1:9/model.xml")),
        "a submodel in this very file": ("refused", outside("")),
        "submodels in a circle": (
            "refused", comp(top.format(0), f"<comp:listOfModelDefinitions>{circle}</comp:listOfModelDefinitions>"),
        ),
        "a submodel of itself": (
            "refused",
            comp(top.format(0), f'<comp:listOfModelDefinitions><comp:modelDefinition id="m0">{top.format(0)}'
                                "</comp:modelDefinition></comp:listOfModelDefinitions>"),
        ),
        "24 levels of two submodels each": ("refused", comp(top.format(24), _levels(25, 2, PLAIN))),
        "30 levels of submodels": ("solved", comp(top.format(29), _levels(30, 1, PLAIN))),
        "a submodel of nobody": ("refused", comp(top.format(7), _levels(2, 1, PLAIN))),
    }  # fmt: skip


def _sees_y(formula: str) -> str:
    return parameters(["y", "p"], "0") + rules([("p", formula)], GROWS)


def _chain(length: int, doubling: bool) -> str:
    """Rules p0 = y, p1 = p0 + 1, ... or p1 = p0 + p0, ..."""
    names = [f"p{i}" for i in range(length)]
    links = [(b, plus(ci(a), ci(a) if doubling else "<cn>1</cn>")) for a, b in pairwise(names)]
    return parameters(["y", *names], "0") + rules([(names[0], ci("y")), *links], GROWS)


def _calls(height: int) -> str:
    """Functions f0(x) = x, f1(x) = f0(x), ..., and p = the last of them of y."""
    calls = [(f"f{i}", f"<apply><ci>f{i - 1}</ci>{ci('x')}</apply>") for i in range(1, height)]
    return functions([("f0", ci("x")), *calls]) + _sees_y(f"<apply><ci>f{height - 1}</ci>{ci('y')}</apply>")


def _ring(size: int) -> str:
    """Rules in a circle."""
    names = [f"p{i}" for i in range(size)]
    ring = [(a, plus(ci(b), "<cn>1</cn>")) for a, b in zip(names, [*names[1:], names[0]], strict=True)]
    return parameters(names) + rules(ring)


def _depth() -> dict[str, Text]:
    deep = 100_000
    pieces = "<piecewise><piece><cn>1</cn><true/></piece><otherwise>" * deep + "<cn>1</cn>"
    options = "".join(
        f"<piece><cn>{i}</cn><apply><lt/>{ci('y')}<cn>{i}.5</cn></apply></piece>" for i in range(1, 2_000)
    )
    notes = "<a xmlns='u'>" * deep + "</a>" * deep
    return {
        "an annotation 100,000 deep": ("refused", document(f"<annotation>{notes}</annotation>{PLAIN}")),
        "piecewise 100,000 deep": ("refused", document(_sees_y(pieces + "</otherwise></piecewise>" * deep))),
        "150 rules, each one more than the last": ("solved", document(_chain(150, doubling=False))),
        "150 rules, each twice the last": ("solved", document(_chain(150, doubling=True))),
        "40 functions, each calling the last": ("solved", document(_calls(40))),
        "500 rules, each one more than the last": ("solved", document(_chain(500, doubling=False))),
        "100 functions, each calling the last": ("solved", document(_calls(100))),
        "a sum of 20,000 terms": ("either", document(_sees_y(f"<apply><plus/>{ci('y') * 20_000}</apply>"))),
        "2,000 pieces": ("either", document(_sees_y(f"<piecewise>{options}</piecewise>"))),
    }


def _circles() -> dict[str, Text]:
    def initial(*pairs: tuple[str, str]) -> str:
        each = "".join(f'<initialAssignment symbol="{a}">{math(ci(b))}</initialAssignment>' for a, b in pairs)
        return f"<listOfInitialAssignments>{each}</listOfInitialAssignments>"

    call = "<apply><ci>{}</ci>" + ci("x") + "</apply>"
    two = functions([("f", call.format("g")), ("g", call.format("f"))])
    ring_of_functions = functions([(f"f{i}", call.format(f"f{(i + 1) % 1000}")) for i in range(1_000)])
    nothing = f"<algebraicRule>{math('<cn>1</cn>')}</algebraicRule>"

    def using(function: str) -> str:
        return parameters(["p"]) + rules([("p", f"<apply><ci>{function}</ci><cn>1</cn></apply>")])

    return {
        "a rule of itself": ("refused", document(parameters(["p"]) + rules([("p", plus(ci("p"), "<cn>1</cn>"))]))),
        "a hundred rules in a circle": ("refused", document(_ring(100))),
        "initial assignments in a circle": (
            "refused",
            document(parameters(["p", "q"]) + initial(("p", "q"), ("q", "p"))),
        ),
        "a circle of an initial assignment and a rule": (
            "refused",
            document(
                parameters(["p", "q"])
                + initial(("p", "q"))
                + rules([("q", plus(ci("p"), "<cn>1</cn>"))], [("p", "<cn>1</cn>")])
            ),
        ),
        "two functions in a circle": ("refused", document(two + using("f"))),
        "a thousand functions in a circle": ("refused", document(ring_of_functions + using("f0"))),
        "a rule and a rate for one thing": ("refused", document(parameters(["y"]) + rules(GROWS, GROWS))),
        "an equation of nothing": ("refused", document(parameters(["y"], "0") + rules([], GROWS, nothing))),
    }


def _sizes() -> dict[str, Text]:
    names = [f"y{i}" for i in range(400)]
    everyone = plus(*(ci(name) for name in names[:100]))
    rates = [
        (name, f"<apply><minus/>{everyone if i < 20 else ci(name)}</apply>") for i, name in enumerate(names)
    ]  # fmt: skip
    million = 1_000_000

    def grows_by(formula: str, start: str = "2") -> str:
        return document(parameters(["y"], start) + rules([], [("y", formula)]))

    tower = "<apply><power/><ci>y</ci>" * 40 + "<cn>2</cn>" + "</apply>" * 40

    def in_units(exponent: str, scale: str, multiplier: str) -> str:
        unit = f'<unit kind="metre" exponent="{exponent}" scale="{scale}" multiplier="{multiplier}"/>'
        defined = f'<unitDefinition id="u"><listOfUnits>{unit}</listOfUnits></unitDefinition>'
        held = PLAIN.replace('id="y"', 'id="y" units="u"')
        return document(f"<listOfUnitDefinitions>{defined}</listOfUnitDefinitions>{held}")

    return {
        "an id of a million letters": ("either", document(PLAIN.replace('"y"', f'"{"y" * million}"'))),
        "an unknown id of a million letters": (
            "refused",
            document(parameters(["p"]) + rules([("p", ci("q" * million))])),
        ),
        "a rule for an id of a million letters": (
            "refused",
            document(parameters(["p"]) + rules([("q" * million, "<cn>1</cn>")])),
        ),
        "a number of 100,000 digits": ("either", grows_by("<cn>1</cn>", "0." + "1" * 100_000)),
        "an exponent of 100,000 digits": ("either", grows_by("<cn>1</cn>", "1e-" + "1" * 100_000)),
        "ten to the 999,999,999,999": ("either", grows_by('<cn type="e-notation">1<sep/>999999999999</cn>')),
        "one divided by nought": ("either", grows_by('<cn type="rational">1<sep/>0</cn>')),
        "a power tower": ("either", grows_by(tower)),
        "the factorial of a million": ("either", grows_by(f"<apply><factorial/><cn>{million}</cn></apply>")),
        "a unit to the power of 1e300": ("refused", in_units("1e300", "2147483647", "1e300")),
        "a unit to a power that is no number": ("refused", in_units("NaN", "0", "1")),
        "the tenth root of an endless unit": ("refused", in_units("0.1", "400", "1e300")),
        "a unit to the power of -99.5": ("refused", in_units("-99.5", "-400", "1e-300")),
        "the root of a negative unit": ("refused", in_units("0.5", "0", "-1")),
        "400 states, 20 of which see 100": ("solved", document(parameters(names, "0.001") + rules([], rates))),
    }


def _time() -> dict[str, Text]:
    up = plus(ci("n"), "<cn>1</cn>")

    def with_events(*triggers: str, extra: str = "") -> str:
        events = "".join(
            f'<event useValuesFromTriggerTime="true"><trigger initialValue="false" persistent="true">{math(trigger)}'
            f'</trigger>{extra}<listOfEventAssignments><eventAssignment variable="n">{math(up)}</eventAssignment>'
            "</listOfEventAssignments></event>"
            for trigger in triggers
        )
        return document(parameters(["y", "n"], "0") + rules([], GROWS) + f"<listOfEvents>{events}</listOfEvents>")

    def delayed(delay: str) -> str:
        return with_events(
            "<apply><gt/><ci>y</ci><cn>1</cn></apply>", extra=f"<delay>{math(f'<cn>{delay}</cn>')}</delay>"
        )

    odd = "<apply><eq/><apply><rem/><ci>n</ci><cn>2</cn></apply><cn>{}</cn></apply>"
    wave = "<apply><gt/><apply><sin/><apply><times/><cn>1e9</cn><ci>y</ci></apply></apply><cn>0</cn></apply>"
    left = "<apply><minus/><cn>1</cn><ci>y</ci></apply>"
    closer = f"<apply><gt/><apply><sin/><apply><divide/><cn>1</cn>{left}</apply></apply><cn>0</cn></apply>"
    nan = "<apply><gt/><apply><ln/><apply><minus/><ci>y</ci><cn>2</cn></apply></apply><cn>0</cn></apply>"
    return {
        "two events that wake each other for ever": ("either", with_events(odd.format(0), odd.format(1))),
        "an event a billion times a second": ("either", with_events(wave)),
        "events that come ever closer": ("either", with_events(closer)),
        "a delay of minus one": ("either", delayed("-1")),
        "a delay for ever": ("either", delayed("1e300")),
        "a condition that is not a number": ("either", with_events(nan)),
    }


def texts() -> dict[str, Text]:
    """Those that are answered at once."""
    return _entities() | _packages() | _depth() | _circles() | _sizes() | _time()


def enormous() -> dict[str, Text]:
    """Those that some checks take so long over that only the limits of the reader end it."""
    return {
        "5,000 rules, each one more than the last": ("solved", document(_chain(5_000, doubling=False))),
        "900 rules, each twice the last": ("solved", document(_chain(900, doubling=True))),
        "3,000 functions, each calling the last": ("solved", document(_calls(3_000))),
        "a thousand rules in a circle": ("refused", document(_ring(1_000))),
        "2,000 levels of submodels": ("either", comp(TOP.format(1_999), _levels(2_000, 1, PLAIN))),
        "1,500 states that all see each other": (
            "either",
            document(
                parameters([f"y{i}" for i in range(1_500)], "0.001")
                + rules([], [(f"y{i}", f"<apply><minus/>{ci('y0')}{ci(f'y{i}')}</apply>") for i in range(1_500)])
            ),
        ),
    }
