# Writes schedules.json: the learning rate that PyTorch's schedules have in every tenth of 1,000 steps, where it is 1
# to begin with. Run with torch 1.13: /usr/bin/python3 schedules.py
import json
import warnings

import torch
from torch.optim import lr_scheduler as S

warnings.simplefilter("ignore")
STEPS = 1000


def rates(make, base=1.0):
    opt = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=base, momentum=0.9)
    sched = make(opt)
    out = []
    for step in range(STEPS):
        if step % 10 == 0 or step == STEPS - 1:
            out.append(float("%.9g" % opt.param_groups[0]["lr"]))
        opt.step()
        sched.step()
    return out


def cyclic(opt, **options):
    return S.CyclicLR(opt, base_lr=0.1, max_lr=1.0, **options)


CASES = {
    "step": lambda o: S.StepLR(o, 100, gamma=0.5),
    "multistep": lambda o: S.MultiStepLR(o, [50, 300, 800], gamma=0.3),
    "exponential": lambda o: S.ExponentialLR(o, 0.995),
    "polynomial": lambda o: S.PolynomialLR(o, total_iters=900, power=2),
    "linear": lambda o: S.LinearLR(o, start_factor=0.25, end_factor=0.75, total_iters=600),
    "cosine": lambda o: S.CosineAnnealingLR(o, STEPS),
    "cosine min": lambda o: S.CosineAnnealingLR(o, STEPS, eta_min=0.2),
    "restarts": lambda o: S.CosineAnnealingWarmRestarts(o, 150),
    "restarts longer": lambda o: S.CosineAnnealingWarmRestarts(o, 70, T_mult=2, eta_min=0.05),
    "triangular": lambda o: cyclic(o, step_size_up=120),
    "triangular2": lambda o: cyclic(o, step_size_up=80, step_size_down=160, mode="triangular2"),
    "exprange": lambda o: cyclic(o, step_size_up=90, mode="exp_range", gamma=0.998),
    "onecycle": lambda o: S.OneCycleLR(o, 10.0, total_steps=STEPS),
    "onecycle linear": lambda o: S.OneCycleLR(o, 1.0, total_steps=STEPS, pct_start=0.4, div_factor=10,
                                              final_div_factor=100, anneal_strategy="linear"),
    "onecycle three": lambda o: S.OneCycleLR(o, 1.0, total_steps=STEPS, pct_start=0.35, three_phase=True),
    "sequence": lambda o: S.SequentialLR(o, [S.LinearLR(o, 0.1, 1.0, 50), S.ExponentialLR(o, 0.99),
                                             S.StepLR(o, 60, gamma=0.5)], [50, 400]),
    "product": lambda o: S.ChainedScheduler([S.LinearLR(o, 0.2, 1.0, 200), S.StepLR(o, 300, gamma=0.5)]),
}


def plateau(figures, **options):
    opt = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    sched = S.ReduceLROnPlateau(opt, eps=0, **options)
    out = []
    for f in figures:
        sched.step(f)
        out.append(opt.param_groups[0]["lr"])
    return out


# figures() is known to the test, too: a walk that falls, and rises again now and then.
def figures():
    out, state, v = [], 1, 5.0
    for i in range(STEPS):
        state = (state * 1103515245 + 12345) % 2**31
        v += (state / 2**31 - 0.52) * 0.05
        out.append(v)
    return out


PLATEAUS = {
    "least": dict(factor=0.5, patience=10, threshold=1e-4),
    "least absolute": dict(factor=0.7, patience=3, threshold=0.02, threshold_mode="abs", cooldown=5),
    "most": dict(mode="max", factor=0.9, patience=20, threshold=1e-3, min_lr=0.01),
    "most absolute": dict(mode="max", factor=0.95, patience=0, threshold=0.0, threshold_mode="abs", cooldown=30),
}

out = {"rates": {name: rates(make) for name, make in CASES.items()},
       "plateaus": {name: plateau(figures(), **options)[::10] for name, options in PLATEAUS.items()}}
with open("schedules.json", "w") as f:
    f.write('{"rates": {\n')
    f.write(",\n".join("%s: %s" % (json.dumps(k), json.dumps(v)) for k, v in out["rates"].items()))
    f.write('\n},\n"plateaus": {\n')
    f.write(",\n".join("%s: %s" % (json.dumps(k), json.dumps([float("%.9g" % x) for x in v]))
                       for k, v in out["plateaus"].items()))
    f.write("\n}}\n")
