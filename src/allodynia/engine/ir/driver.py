"""The loop that carries W subjects side by side until the queue is empty, and the whole compilation unit."""

from __future__ import annotations

from allodynia.engine.ir import (
    agenda,
    bounds,
    consistent,
    equations,
    instants,
    lanes,
    linear,
    roots,
    samples,
    stages,
    steps,
    switches,
)
from allodynia.engine.ir.arithmetic import plain_arithmetic
from allodynia.engine.ir.layout import HYBRID_DOUBLES, HYBRID_WORDS, Layout, Workspace
from allodynia.engine.ir.text import Code, Module
from allodynia.engine.machine import Machine
from allodynia.engine.plan import Plan

ENTRY = "allodynia_kernel"


def build_entry(module: Module, layout: Layout, machine: Machine) -> Code:
    """The entry point: takes the address of a context, returns when the queue is empty or a stop is asked for."""
    c = Code(module, ENTRY, ["ptr %ctx"], public=True)
    restore = plain_arithmetic(c, machine)
    c.line("%ws = load ptr, ptr %ctx")
    ws = Workspace(c, layout)
    both = lanes.BOTH
    stop = ws.context("stop")
    ws.store_words(c.lconst(-1), "subject")
    for name in ("t", "t_new", "boundary", "sample_time", "old_error", "tau"):
        ws.store(c.const(0.0), name)
    for name in ("h", "step", "guess", "lead"):
        ws.store(c.const(1.0), name)
    for name in ("due", "fresh", "restart", "failure", "accepted", "setting_out"):
        ws.store_words(c.lconst(0), name)
    if layout.hybrid:
        for name in HYBRID_DOUBLES:
            ws.store(c.const(0.0), name)
        for name in HYBRID_WORDS:
            ws.store_words(c.lconst(0), name)
    c.store1("0", ws.scalar(0), kind="i64")
    with c.repeat() as leave_unless:
        halted = c.op(f"load atomic i32, ptr {stop} monotonic, align 4")
        leave_unless(c.op(f"icmp eq i32 {halted}, 0"))
        idle = c.any(c.lcompare("slt", ws.words("subject"), c.lconst(0)))
        more = c.op(f"icmp eq i64 {c.load1(ws.scalar(0), kind='i64')}, 0")
        with c.when(c.op(f"and i1 {idle}, {more}")):
            c.call("refill", *both)
            with c.when(c.any(ws.flag("fresh"))):
                c.call("begin", *both)
        if layout.hybrid:
            with c.when(c.any(ws.flag("instant"))):
                c.call("occur", *both)
        with c.when(c.any(ws.flag("due"))):
            c.call("settle", *both)
        if layout.hybrid:
            with c.when(c.any(ws.flag("instant"))):
                c.call("occur", *both)
            with c.when(c.any(ws.flag("restart"))):
                c.call("resume", *both)
        # A lane may have ended without a step; it is refilled first, so that lanes work side by side.
        empty = c.op(f"icmp ne i64 {c.load1(ws.scalar(0), kind='i64')}, 0")
        waiting = c.any(c.lcompare("slt", ws.words("subject"), c.lconst(0)))
        ready = c.op(f"or i1 {empty}, {c.op(f'xor i1 {waiting}, true')}")
        with c.when(ready):
            busy = c.any(c.lcompare("sge", ws.words("subject"), c.lconst(0)))
            leave_unless(busy)
            c.call("choose", *both)
            c.call("attempt", *both)
            c.call("measure", *both)
            c.call("decide", *both)
            if layout.hybrid:
                c.call("watch", *both)
            c.call("record", *both)
            if layout.hybrid:
                c.call("cut", *both)
            c.call("advance", *both)
            with c.when(c.any(ws.flag("failure"))):
                c.call("drop", *both)
    restore()
    c.give()
    return c


def _write_hybrid(module: Module, plan: Plan, layout: Layout) -> None:
    """What only systems with events, jumps or algebraic rows need."""
    builders = [
        roots.build_observe, roots.build_watch, roots.build_look, roots.build_glance, roots.build_locate,
        roots.build_cut, instants.build_prime, instants.build_occur, instants.build_resume,
        instants.build_cancel_fallen, roots.build_prepare_glimpse, roots.build_glimpse,
    ]  # fmt: skip
    hybrid = switches.hybrid_of(plan)
    if hybrid.switches:
        builders += [switches.build_set_switches, switches.build_revive, switches.build_revive_here]
    if hybrid.gaps:
        builders += [bounds.build_along, bounds.build_certify]
    if hybrid.forecasts:
        builders.append(switches.build_forecast)
    if plan.algebraic:
        module.doubles("mass", [0.0 if algebraic else 1.0 for algebraic in plan.algebraic])
        builders += [equations.build_motion, consistent.build_consistent, consistent.build_dampen]
    if plan.system.events:
        agenda.write_tables(module, plan)
        builders += [agenda.build_judge, agenda.build_turn, agenda.build_cancel, agenda.build_carry_out]
    for build in builders:
        module.define(build(module, plan, layout))


def write_module(plan: Plan, machine: Machine) -> str:
    """The IR text of the kernel for a plan on a machine."""
    module = Module(machine.width, machine.attributes)
    layout = Layout(plan)
    for build in (
        equations.build_hoist, equations.build_initial, equations.build_slope, equations.build_outputs,
        *(
            (linear.build_first, linear.build_later) if plan.fused
            else (equations.build_linearise, linear.build_factor, linear.build_solve)
        ),
        stages.build_attempt,
        steps.build_choose if plan.hybrid is None else roots.build_choose,
        steps.build_start, steps.build_measure, steps.build_decide, lanes.build_refill, lanes.build_begin,
        lanes.build_scatter, lanes.build_settle, lanes.build_finish, lanes.build_drop, samples.build_record,
        lanes.build_advance,
    ):  # fmt: skip
        module.define(build(module, plan, layout))
    if plan.timely:
        module.define(equations.build_clock(module, plan, layout))
    for stage in range(1, plan.tableau.stages):
        module.define(stages.build_prepare(module, plan, layout, stage))
    if plan.sampled_states or samples.plain(plan):
        module.define(samples.build_take(module, plan, layout))
    if plan.hybrid is not None:
        module.define(stages.build_bend(module, plan, layout))
        module.define(stages.build_interpolate(module, plan, layout))
        _write_hybrid(module, plan, layout)
    module.define(build_entry(module, layout, machine))
    return module.text(machine.triple)
