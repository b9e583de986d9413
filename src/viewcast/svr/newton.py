"""Many linear support vector regressions at once, by Newton's method with conjugate gradients.

Every array holds one regression per row: weights (k, d), residuals (k, n). Each regression has its own
matrix (its split's training half, scaled), its own training photos (a mask over that half) and its own C;
a `System` multiplies by those matrices, all rows in one sweep.

The squared loss makes an objective with a continuous, piecewise linear gradient. Its generalised Hessian
is I + 2C X_A' X_A over the photos A outside the tube, so a Newton step is a regularised least-squares
problem; conjugate gradients solve it, one sweep per iteration. The multipliers alpha = 2C (|r| - eps)+
sign(r) are dual feasible once the intercept is optimal, and the duality gap is then exactly half the
squared norm of the gradient w - X'alpha: that is the certificate and the stopping rule.

The plain loss is reached through the method of multipliers: each of its steps replaces the loss by its
Moreau envelope, which differs from the squared loss only by a shift of r and a cap on alpha.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import softshrink

NEWTON_STEPS = 60
CG_STEPS = 250
MULTIPLIER_STEPS = 60
CENTRING_STEPS = 40
FORCING = 0.2  # a Newton system is solved to this share of its right-hand side, in the preconditioned norm
STIFFNESS_GROWTH = 4.0
STIFFEST = 1e2  # times C: far beyond it the multipliers lose the digits of float32


class System(Protocol):
    """Multiplication by the scaled training half X_s of the split s that each row belongs to."""

    width: int  # d, or the number of coordinates that stand for it

    def multiply(self, W: Tensor, split: Tensor) -> Tensor:
        """(k, d) -> (k, n): X_s w, zero beyond the half's own rows."""
        ...

    def adjoint(self, A: Tensor, split: Tensor) -> Tensor:
        """(k, n) -> (k, d): X_s' a."""
        ...

    def normal(self, P: Tensor, p0: Tensor, weight: Tensor, split: Tensor) -> tuple[Tensor, Tensor]:
        """V = X_s p + p0 (k, n) and X_s' (weight * V) (k, d), in one sweep."""
        ...

    def precondition(self, R: Tensor, C: Tensor, split: Tensor) -> Tensor:
        """An approximate (I + 2C X' X)^-1 r over a fold's training photos."""
        ...


@dataclass
class Regressions:
    """k regressions: `target` and `mask` (k, n) float32, `split` (k,) ascending and `C` (k,)."""

    target: Tensor
    mask: Tensor
    split: Tensor
    C: Tensor
    epsilon: float

    def take(self, rows: Tensor) -> Regressions:
        """The regressions of the given row numbers."""
        return Regressions(self.target[rows], self.mask[rows], self.split[rows], self.C[rows], self.epsilon)


@dataclass
class Point:
    """Where k regressions stand: weights (k, d), intercept (k,), residual y - Xw - b (k, n), relative gap (k,)."""

    weights: Tensor
    intercept: Tensor
    residual: Tensor
    gap: Tensor
    sweeps: int = 0

    @classmethod
    def zero(cls, problems: Regressions, width: int) -> Point:
        """Weights and intercept 0."""
        k = len(problems.C)
        weights = problems.target.new_zeros((k, width))
        nothing = torch.zeros(k, dtype=torch.float64, device=weights.device)
        return cls(weights, nothing, problems.target.clone(), torch.full_like(nothing, torch.inf))

    def mean_of(self, rows: Tensor) -> Point:
        """The mean of several regressions: rows (m, j) gives m points. Their targets must be the same."""
        return Point(
            self.weights[rows].mean(dim=1),
            self.intercept[rows].mean(dim=1),
            self.residual[rows].mean(dim=1),
            torch.full_like(self.gap[rows[:, 0]], torch.inf),
        )

    def take(self, rows: Tensor) -> Point:
        """The given rows."""
        return Point(self.weights[rows], self.intercept[rows], self.residual[rows], self.gap[rows])

    def put(self, rows: Tensor, other: Point) -> None:
        """Write `other` into the given rows."""
        self.weights[rows], self.intercept[rows] = other.weights, other.intercept
        self.residual[rows], self.gap[rows] = other.residual, other.gap


@dataclass
class Piece:
    """alpha = clip(stiffness * shrink(r + shift), -cap, cap): the loss' derivative, as (k, 1) or (k, n)."""

    stiffness: Tensor
    epsilon: float
    mask: Tensor
    cap: Tensor | None = None
    shift: Tensor | None = None

    def take(self, rows: Tensor) -> Piece:
        cap = None if self.cap is None else self.cap[rows]
        shift = None if self.shift is None else self.shift[rows]
        return Piece(self.stiffness[rows], self.epsilon, self.mask[rows], cap, shift)

    def alpha(self, r: Tensor) -> Tensor:
        a = softshrink(r if self.shift is None else r + self.shift, self.epsilon).mul_(self.stiffness)
        if self.cap is not None:
            a = torch.maximum(torch.minimum(a, self.cap), -self.cap)
        return a.mul_(self.mask)

    def curvature(self, r: Tensor) -> Tensor:
        u = (r if self.shift is None else r + self.shift).abs()
        inside = u > self.epsilon
        if self.cap is not None:
            inside &= u < self.epsilon + self.cap / self.stiffness
        return inside.to(r.dtype).mul_(self.mask).mul_(self.stiffness)


def total(a: Tensor) -> Tensor:
    """Sum over photos or dimensions, in float64: (k, m) -> (k,)."""
    return a.sum(dim=1, dtype=torch.float64)


def dot(a: Tensor, b: Tensor) -> Tensor:
    """Row by row inner products: (k,) float64."""
    return total(a * b)


def solve(system: System, problems: Regressions, tolerance: float, start: Point, plain: bool) -> Point:
    """Minimise every regression until its gap is at most `tolerance` times its objective.

    Args:
        system: the matrices.
        problems: k regressions.
        tolerance: relative duality gap.
        start: where to begin (changed in place).
        plain: the loss grows linearly outside the tube, not quadratically.

    Returns the point reached; `gap` says for each regression how good it is, reached or not.
    """
    return _multipliers(system, problems, tolerance, start) if plain else _squared(system, problems, tolerance, start)


def certify(system: System, problems: Regressions, at: Point) -> tuple[Tensor, Tensor]:
    """Gradient (k, d) and scale of the gap (k,) of the squared loss, one sweep; sets `at.gap`, centres `at`.

    The scale is the objective, or ten times the penalty |w|^2 / 2 where that is less: under a heavy penalty
    the objective hardly changes while the weights, and with them the ranks, still do. As the optimum is
    within |gradient| of w, a gap of 1e-7 leaves the weights at most 0.1% off. It is never less than C |A| / 100
    for A photos outside the tube, which leaves their forecasts at most 3e-5 off in the mean square: with 200,000
    photos at C = 100 float32 cannot tell a smaller gap.
    """
    piece = Piece(2 * problems.C[:, None], problems.epsilon, problems.mask)
    _centre(at, piece)
    alpha = piece.alpha(at.residual)
    gradient = at.weights - system.adjoint(alpha, problems.split)
    penalty = dot(at.weights, at.weights) / 2
    least = 1e-2 * problems.C * (alpha != 0).sum(dim=1)
    scale = torch.minimum(penalty + dot(alpha, alpha) / (4 * problems.C.double()), torch.maximum(10 * penalty, least))
    gap = dot(gradient, gradient) / 2
    # Without weights yet, or ever (a matrix of zeros): the gap is infinite unless the gradient is 0.
    at.gap = torch.where(gap > 0, gap / scale, 0.0)
    return gradient, scale


def _squared(system: System, problems: Regressions, tolerance: float, at: Point) -> Point:
    live = torch.arange(len(problems.C), device=at.weights.device)
    for _ in range(NEWTON_STEPS):
        here, local = at.take(live), problems.take(live)
        gradient, scale = certify(system, local, here)
        at.sweeps += 1
        at.put(live, here)
        keep = (here.gap > tolerance).nonzero().flatten()
        if not len(keep):
            break
        live, here, local = live[keep], here.take(keep), local.take(keep)
        piece = Piece(2 * local.C[:, None], local.epsilon, local.mask)
        enough = tolerance * scale[keep] / 4
        at.sweeps += _newton_step(system, local, piece, here, gradient[keep], enough)
        at.put(live, here)
    return at


def _centre(at: Point, piece: Piece) -> None:
    """Move the intercept to its optimum for the weights: Newton's method in a bracket, without a sweep."""
    r, moved = at.residual, torch.zeros_like(at.intercept)
    high = torch.full_like(moved, torch.inf)
    low = -high
    for _ in range(CENTRING_STEPS):
        here = r - moved[:, None].to(r.dtype)
        slope, size = total(piece.alpha(here)), total(piece.curvature(here))
        low, high = torch.where(slope > 0, moved, low), torch.where(slope < 0, moved, high)
        # Where no photo is on a slope there is no Newton step; then go on by halves, or double strides.
        stride = torch.where(moved.abs() > 0, 2 * moved.abs(), 0.1) * slope.sign()
        middle = torch.where((high - low).isinf(), moved + stride, (low + high) / 2)
        guess = moved + slope / size.clamp_min(1e-300)
        guess = torch.where((size > 0) & (guess > low) & (guess < high), guess, middle)
        settled = (guess - moved).abs() < 1e-7
        guess = torch.where(slope == 0, moved, guess)
        if bool((settled | (slope == 0)).all()):
            break
        moved = guess
    at.intercept += moved
    at.residual -= moved[:, None].to(r.dtype)


def _newton_step(
    system: System, problems: Regressions, piece: Piece, at: Point, gradient: Tensor, enough: Tensor
) -> int:
    """Take one Newton step from `at` (changed in place); return the number of sweeps.

    Conjugate gradients stop for a regression once the residual of its Newton system is FORCING of the
    gradient, or is so small that the gap it leaves is `enough` (k,).
    """
    k = len(gradient)
    weight = piece.curvature(at.residual)
    step, step0 = torch.zeros_like(gradient), torch.zeros(k, dtype=gradient.dtype, device=gradient.device)
    image = torch.zeros_like(at.residual)
    live = torch.arange(k, device=gradient.device)
    split, C, curvature0 = problems.split, problems.C, total(weight).clamp_min(1e-30)
    r, r0 = -gradient, torch.zeros(k, dtype=torch.float64, device=gradient.device)
    z, z0 = system.precondition(r, C, split), r0 / curvature0
    rho = dot(r, z) + r0 * z0
    goal = rho * FORCING**2
    p, p0 = z, z0
    x, x0, v = torch.zeros_like(p), torch.zeros_like(p0), torch.zeros_like(image)
    sweeps = 0
    for _ in range(CG_STEPS):
        q, V = system.normal(p, p0.to(p.dtype), weight, split)
        sweeps += 1
        q += p
        q0 = dot(weight, V)
        length = rho / (dot(p, q) + p0 * q0)
        a = length[:, None].to(p.dtype)
        x += a * p
        v.addcmul_(a.expand_as(V), V)
        r.addcmul_(a.expand_as(q), q, value=-1)
        x0, r0 = x0 + length * p0, r0 - length * q0
        z, z0 = system.precondition(r, C, split), r0 / curvature0
        before, rho = rho, dot(r, z) + r0 * z0
        going = (rho > goal) & (dot(r, r) / 2 > enough)
        done = (~going).nonzero().flatten()
        if len(done):
            rows = live[done]
            step[rows], step0[rows], image[rows] = x[done], x0[done].to(step.dtype), v[done]
            keep = going.nonzero().flatten()
            if not len(keep):
                break
            live, split, C, weight, curvature0 = (t[keep] for t in (live, split, C, weight, curvature0))
            r, r0, z, z0, p, p0 = (t[keep] for t in (r, r0, z, z0, p, p0))
            x, x0, v, rho, before, goal, enough = (t[keep] for t in (x, x0, v, rho, before, goal, enough))
        beta = rho / before
        p = z + beta[:, None].to(z.dtype) * p
        p0 = z0 + beta * p0
    else:
        step[live], step0[live], image[live] = x, x0.to(step.dtype), v
    length = _line_search(piece, at, step, image)
    a = length[:, None].to(step.dtype)
    at.weights += a * step
    at.intercept += length * step0
    at.residual -= a * image
    return sweeps


def _line_search(piece: Piece, at: Point, step: Tensor, image: Tensor) -> Tensor:
    """The minimiser (k,) along each step: Newton's method on the slope, inside a bracket; no sweep."""
    linear, quadratic = dot(at.weights, step), dot(step, step)
    length = torch.ones_like(linear)
    low, high = torch.zeros_like(length), torch.full_like(length, float("inf"))
    for _ in range(12):
        r = at.residual - length[:, None].to(image.dtype) * image
        slope = linear + length * quadratic - dot(piece.alpha(r), image)
        curve = quadratic + dot(piece.curvature(r) * image, image)
        low, high = torch.where(slope < 0, length, low), torch.where(slope > 0, length, high)
        guess = length - slope / curve.clamp_min(1e-300)
        middle = torch.where(high.isinf(), 2 * length, (low + high) / 2)
        guess = torch.where((guess > low) & (guess < high), guess, middle)
        if bool(((guess - length).abs() <= 1e-3 * length).all()):
            break
        length = guess
    return length


def _multipliers(system: System, problems: Regressions, tolerance: float, at: Point) -> Point:
    """The plain loss: proximal steps on the multipliers, each a problem of the squared kind."""
    cap = problems.C[:, None]
    stiffness = 2 * cap.clone()
    multiplier = torch.zeros_like(at.residual)
    live = torch.arange(len(cap), device=at.weights.device)
    for _ in range(MULTIPLIER_STEPS):
        here, local = at.take(live), problems.take(live)
        hard = stiffness[live]
        piece = Piece(hard, problems.epsilon, local.mask, cap[live], multiplier[live] / hard)
        rows = torch.arange(len(live), device=live.device)
        for _ in range(NEWTON_STEPS):
            now, part, some = here.take(rows), piece.take(rows), local.take(rows)
            _centre(now, part)
            alpha = part.alpha(now.residual)
            multiplier[live[rows]] = alpha
            gradient = now.weights - system.adjoint(alpha, some.split)
            at.sweeps += 1
            gap, objective = _plain_gap(some, now, alpha, gradient)
            now.gap = gap / objective
            here.put(rows, now)
            error = dot(gradient, gradient) / 2
            # An inexact inner solve costs nothing while the multipliers themselves are further off.
            going = (error > 0.1 * gap) & (error > 0.1 * tolerance * objective)
            keep = going.nonzero().flatten()
            if not len(keep):
                break
            rows, now, some = rows[keep], now.take(keep), some.take(keep)
            enough = 0.05 * torch.maximum(gap[keep], tolerance * objective[keep])
            at.sweeps += _newton_step(system, some, part.take(keep), now, gradient[keep], enough)
            here.put(rows, now)
        slow = here.gap > at.gap[live] / 4
        at.put(live, here)
        grow = live[slow]
        stiffness[grow] = torch.minimum(stiffness[grow] * STIFFNESS_GROWTH, STIFFEST * cap[grow])
        live = live[here.gap > tolerance]
        if not len(live):
            break
    return at


def _plain_gap(problems: Regressions, at: Point, alpha: Tensor, gradient: Tensor) -> tuple[Tensor, Tensor]:
    """Duality gap and objective (k,) of the plain loss at multipliers that sum to zero."""
    outside = softshrink(at.residual, problems.epsilon).abs() * problems.mask
    objective = dot(at.weights, at.weights) / 2 + problems.C.double() * total(outside)
    image = at.weights - gradient
    dual = dot(problems.target, alpha) - problems.epsilon * total(alpha.abs()) - dot(image, image) / 2
    return (objective - dual).clamp_min(0), objective
