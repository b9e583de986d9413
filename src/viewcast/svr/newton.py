"""Many linear support vector regressions at once, by Newton's method with conjugate gradients.

Every array holds one regression per row: weights (k, d), residuals (k, n). Each regression has its own matrix (its
split's training half, scaled), its own training photos (a mask over that half) and its own C; a ``System`` multiplies
by those matrices, all rows in one sweep.

The squared loss makes an objective with a continuous, piecewise linear gradient. Its generalised Hessian is I + 2C X_A'
X_A over the photos A outside the tube, so a Newton step is a regularised least-squares problem; conjugate gradients
solve it, one sweep per iteration. (LIBLINEAR's ``-s 11`` minimises the same by a trust-region Newton method, one
regression at a time: Ho and Lin, JMLR 13, 2012.) The multipliers alpha = 2C (|r| - eps)+ sign(r) are dual feasible once
the intercept is optimal, and the duality gap is then exactly half the squared norm of the gradient w - X'alpha: it
bounds the distance from the optimum, and it is the stopping rule.

The plain loss is reached through the method of multipliers: each of its steps replaces the loss by its Moreau envelope,
which differs from the squared loss only by a shift of r and a cap on alpha.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from viewcast.svr.backend import Array, array_namespace, device_of

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

    def multiply(self, W: Array, split: Array) -> Array:
        """(k, d) -> (k, n): X_s w, zero beyond the half's own rows."""
        ...

    def adjoint(self, A: Array, split: Array) -> Array:
        """(k, n) -> (k, d): X_s' a."""
        ...

    def normal(self, P: Array, p0: Array, weight: Array, split: Array) -> tuple[Array, Array]:
        """V = X_s p + p0 (k, n) and X_s' (weight * V) (k, d), in one sweep."""
        ...

    def precondition(self, R: Array, C: Array, split: Array) -> Array:
        """An approximate (I + 2C X' X)^-1 r over a fold's training photos."""
        ...


@dataclass
class Regressions:
    """k regressions on the training halves of S splits.

    :ivar target: (k, n) float32.
    :ivar mask: (k, n) float32, 1 for a photo that the regression learns from, else 0.
    :ivar split: (k,) int, ascending.
    :ivar C: (k,) float32, as of ``matrix.scaled_C``.
    :ivar epsilon: half the width of the tube, in the target's units.
    """

    target: Array
    mask: Array
    split: Array
    C: Array
    epsilon: float

    def take(self, rows: Array) -> Regressions:
        """The regressions of the given row numbers."""
        return Regressions(self.target[rows], self.mask[rows], self.split[rows], self.C[rows], self.epsilon)


@dataclass
class Iterate:
    """The iterates of k regressions.

    :ivar weights: (k, d) float32.
    :ivar intercept: (k,) float64.
    :ivar residual: (k, n) float32: y - Xw - b.
    :ivar gap: (k,) float64, the duality gap as a share of the objective.
    :ivar sweeps: over the matrix, in all.
    """

    weights: Array
    intercept: Array
    residual: Array
    gap: Array
    sweeps: int = 0

    @classmethod
    def zero(cls, problems: Regressions, width: int) -> Iterate:
        """Weights and intercept 0."""
        target = problems.target
        xp, k, where = array_namespace(target), len(problems.C), device_of(target)
        weights = xp.zeros((k, width), dtype=target.dtype, device=where)
        nothing = xp.zeros(k, dtype=xp.float64, device=where)
        return cls(weights, nothing, xp.asarray(target, copy=True), xp.full_like(nothing, xp.inf))

    def mean_of(self, rows: Array) -> Iterate:
        """The mean of several regressions: rows (m, j) gives m iterates. Their targets must be the same."""
        xp = array_namespace(rows)
        weights, intercept, residual = (
            xp.mean(values[rows], axis=1) for values in (self.weights, self.intercept, self.residual)
        )
        return Iterate(weights, intercept, residual, xp.full_like(self.gap[rows[:, 0]], xp.inf))

    def take(self, rows: Array) -> Iterate:
        """The given rows."""
        return Iterate(self.weights[rows], self.intercept[rows], self.residual[rows], self.gap[rows])

    def put(self, rows: Array, other: Iterate) -> None:
        """Write ``other`` into the given rows."""
        self.weights[rows], self.intercept[rows] = other.weights, other.intercept
        self.residual[rows], self.gap[rows] = other.residual, other.gap


@dataclass
class Datafit:
    """The loss by its derivative in the residual: alpha = clip(stiffness * shrink(r + shift), -cap, cap).

    :ivar stiffness: (k, 1) or (k, n), as are ``cap`` and ``shift``; None: there is no cap, or no shift.
    :ivar epsilon: half the width of the tube.
    :ivar mask: (k, n), 1 for a photo that counts, else 0.
    """

    stiffness: Array
    epsilon: float
    mask: Array
    cap: Array | None = None
    shift: Array | None = None

    def take(self, rows: Array) -> Datafit:
        """That of the given row numbers."""
        cap = None if self.cap is None else self.cap[rows]
        shift = None if self.shift is None else self.shift[rows]
        return Datafit(self.stiffness[rows], self.epsilon, self.mask[rows], cap, shift)

    def alpha(self, r: Array) -> Array:
        """The multipliers (k, n) at residuals r (k, n): the derivative of the loss."""
        xp = array_namespace(r)
        a = shrink(r if self.shift is None else r + self.shift, self.epsilon)
        a *= self.stiffness
        if self.cap is not None:
            a = xp.maximum(xp.minimum(a, self.cap), -self.cap)
        a *= self.mask
        return a

    def curvature(self, r: Array) -> Array:
        """The generalised second derivative (k, n) of the loss: its stiffness where r is on a slope, else 0."""
        xp = array_namespace(r)
        u = xp.abs(r if self.shift is None else r + self.shift)
        inside = u > self.epsilon
        if self.cap is not None:
            inside &= u < self.epsilon + self.cap / self.stiffness
        slope = xp.astype(inside, r.dtype)
        slope *= self.mask
        slope *= self.stiffness
        return slope


def shrink(r: Array, epsilon: float) -> Array:
    """How far residuals lie outside the tube, with their signs.

    :param r: residuals, any shape.
    :param epsilon: half the width of the tube.
    """
    inside = array_namespace(r).clip(r, -epsilon, epsilon)
    return r - inside


def total(a: Array) -> Array:
    """Sum over photos or dimensions, in float64: (k, m) -> (k,)."""
    xp = array_namespace(a)
    return xp.sum(a, axis=1, dtype=xp.float64)


def dot(a: Array, b: Array) -> Array:
    """Row by row inner products: (k,) float64."""
    return total(a * b)


def rows_where(mask: Array) -> Array:
    """The row numbers at which a (k,) mask holds."""
    return array_namespace(mask).nonzero(mask)[0]


def column(a: Array, like: Array) -> Array:
    """A (k,) as (k, 1) in the type of ``like``."""
    return array_namespace(a).astype(a, like.dtype, copy=False)[:, None]


def first_rows(k: int, like: Array) -> Array:
    """Row numbers 0 to k - 1, where ``like`` is."""
    return array_namespace(like).arange(k, device=device_of(like))


def solve(system: System, problems: Regressions, tolerance: float, start: Iterate, plain: bool) -> Iterate:
    """Minimise every regression until its gap is at most ``tolerance`` times its objective.

    :param system: the matrices.
    :param problems: k regressions.
    :param tolerance: relative duality gap.
    :param start: where to begin (changed in place).
    :param plain: the loss grows linearly outside the tube, not quadratically.
    :returns: the iterates reached; ``gap`` says for each regression how good it is, reached or not. It is never NaN:
        that of a regression whose numbers overflowed is infinite.
    """
    return _multipliers(system, problems, tolerance, start) if plain else _squared(system, problems, tolerance, start)


def certify(system: System, problems: Regressions, at: Iterate) -> tuple[Array, Array]:
    """Gradient of the squared loss and scale of its duality gap, in one sweep.

    The scale is the objective, or ten times the penalty |w|^2 / 2 where that is less: under a heavy penalty the
    objective hardly changes while the weights, and with them the ranks, still do. As the optimum is within |gradient|
    of w, a gap of 1e-7 leaves the weights at most 0.1% off. It is never less than C |A| / 100 for A photos outside the
    tube, which leaves their forecasts at most 3e-5 off in the mean square: with 200,000 photos at C = 100 float32
    cannot tell a smaller gap.

    :param at: its ``gap`` is set, and its intercept moved to the optimum.
    :returns: gradient (k, d) and scale (k,).
    """
    xp = array_namespace(at.weights)
    datafit = Datafit(2 * problems.C[:, None], problems.epsilon, problems.mask)
    _centre(at, datafit)
    alpha = datafit.alpha(at.residual)
    gradient = at.weights - system.adjoint(alpha, problems.split)
    penalty, C = dot(at.weights, at.weights) / 2, xp.astype(problems.C, xp.float64)
    least = 1e-2 * C * total(xp.astype(alpha != 0, at.weights.dtype))
    scale = xp.minimum(penalty + dot(alpha, alpha) / (4 * C), xp.maximum(10 * penalty, least))
    at.gap = relative(dot(gradient, gradient) / 2, scale)
    return gradient, scale


def relative(gap: Array, scale: Array) -> Array:
    """Gap / scale (k,); 0 where both are 0, and infinite where either is not finite: such a fit has diverged."""
    xp = array_namespace(gap)
    finite = xp.isfinite(gap) & xp.isfinite(scale)
    known = finite & (scale > 0)
    share = xp.where(known, gap, 0) / xp.where(known, scale, 1)
    return xp.where(known | (finite & (gap == 0)), share, xp.inf)


def unfinished(gap: Array, tolerance: float) -> Array:
    """Where (k,) more steps may help: the gap is too large, and the fit has not diverged."""
    return (gap > tolerance) & array_namespace(gap).isfinite(gap)


def _squared(system: System, problems: Regressions, tolerance: float, at: Iterate) -> Iterate:
    live = first_rows(len(problems.C), at.weights)
    for _ in range(NEWTON_STEPS):
        here, local = at.take(live), problems.take(live)
        gradient, scale = certify(system, local, here)
        at.sweeps += 1
        at.put(live, here)
        keep = rows_where(unfinished(here.gap, tolerance))
        if not len(keep):
            break
        live, here, local = live[keep], here.take(keep), local.take(keep)
        datafit = Datafit(2 * local.C[:, None], local.epsilon, local.mask)
        enough = tolerance * scale[keep] / 4
        at.sweeps += _newton_step(system, local, datafit, here, gradient[keep], enough)
        at.put(live, here)
    return at


def _centre(at: Iterate, datafit: Datafit) -> None:
    """Move the intercept to its optimum for the weights: Newton's method in a bracket, without a sweep."""
    xp = array_namespace(at.residual)
    r, moved = at.residual, xp.zeros_like(at.intercept)
    high = xp.full_like(moved, xp.inf)
    low = -high
    for _ in range(CENTRING_STEPS):
        here = r - column(moved, r)
        slope, size = total(datafit.alpha(here)), total(datafit.curvature(here))
        low, high = xp.where(slope > 0, moved, low), xp.where(slope < 0, moved, high)
        # Where no photo is on a slope there is no Newton step; then go on by halves, or double strides.
        stride = xp.clip(2 * xp.abs(moved), 0.1) * xp.sign(slope)
        bracketed = ~xp.isinf(low) & ~xp.isinf(high)
        middle = xp.where(bracketed, (xp.where(bracketed, low, moved) + high) / 2, moved + stride)
        guess = moved + slope / xp.clip(size, 1e-30)
        guess = xp.where((size > 0) & (guess > low) & (guess < high), guess, middle)
        settled = (xp.abs(guess - moved) < 1e-7) | (slope == 0)
        if bool(xp.all(settled)):
            break
        moved = xp.where(slope == 0, moved, guess)
    at.intercept += moved
    at.residual -= column(moved, r)


def _newton_step(
    system: System, problems: Regressions, datafit: Datafit, at: Iterate, gradient: Array, enough: Array
) -> int:
    """Take one Newton step from ``at`` (changed in place); return the number of sweeps.

    Conjugate gradients stop for a regression once the residual of its Newton system is FORCING of the
    gradient, or is so small that the gap it leaves is ``enough`` (k,).
    """
    xp, k = array_namespace(gradient), len(gradient)
    weight = datafit.curvature(at.residual)
    step, image = xp.zeros_like(gradient), xp.zeros_like(at.residual)
    step0 = xp.zeros_like(at.intercept)
    live = first_rows(k, gradient)
    split, C, curvature0 = problems.split, problems.C, xp.clip(total(weight), 1e-30)
    r, r0 = -gradient, xp.zeros_like(step0)
    z, z0 = system.precondition(r, C, split), r0 / curvature0
    rho = dot(r, z) + r0 * z0
    goal = rho * FORCING**2
    p, p0 = z, z0
    x, x0, v = xp.zeros_like(p), xp.zeros_like(p0), xp.zeros_like(image)
    sweeps = 0
    for _ in range(CG_STEPS):
        q, V = system.normal(p, xp.astype(p0, p.dtype), weight, split)
        sweeps += 1
        q += p
        q0 = dot(weight, V)
        length = rho / (dot(p, q) + p0 * q0)
        a = column(length, p)
        x += a * p
        V *= a
        v += V
        q *= a
        r -= q
        x0, r0 = x0 + length * p0, r0 - length * q0
        z, z0 = system.precondition(r, C, split), r0 / curvature0
        before, rho = rho, dot(r, z) + r0 * z0
        going = (rho > goal) & (dot(r, r) / 2 > enough)
        done = rows_where(~going)
        if len(done):
            rows = live[done]
            step[rows], step0[rows], image[rows] = x[done], x0[done], v[done]
            keep = rows_where(going)
            if not len(keep):
                break
            live, split, C, weight, curvature0 = (t[keep] for t in (live, split, C, weight, curvature0))
            r, r0, z, z0, p, p0 = (t[keep] for t in (r, r0, z, z0, p, p0))
            x, x0, v, rho, before, goal, enough = (t[keep] for t in (x, x0, v, rho, before, goal, enough))
        beta = rho / before
        p = z + column(beta, z) * p
        p0 = z0 + beta * p0
    else:
        step[live], step0[live], image[live] = x, x0, v
    length = _line_search(datafit, at, step, image)
    a = column(length, step)
    at.weights += a * step
    at.intercept += length * step0
    at.residual -= a * image
    return sweeps


def _line_search(datafit: Datafit, at: Iterate, step: Array, image: Array) -> Array:
    """The minimiser (k,) along each step: Newton's method on the slope, inside a bracket; no sweep."""
    xp = array_namespace(step)
    linear, quadratic = dot(at.weights, step), dot(step, step)
    length = xp.ones_like(linear)
    low, high = xp.zeros_like(length), xp.full_like(length, xp.inf)
    for _ in range(12):
        r = at.residual - column(length, image) * image
        slope = linear + length * quadratic - dot(datafit.alpha(r), image)
        curve = quadratic + dot(datafit.curvature(r) * image, image)
        low, high = xp.where(slope < 0, length, low), xp.where(slope > 0, length, high)
        guess = length - slope / xp.clip(curve, 1e-30)
        middle = xp.where(xp.isinf(high), 2 * length, (low + high) / 2)
        guess = xp.where((guess > low) & (guess < high), guess, middle)
        if bool(xp.all(xp.abs(guess - length) <= 1e-3 * length)):
            break
        length = guess
    return length


def _multipliers(system: System, problems: Regressions, tolerance: float, at: Iterate) -> Iterate:
    """The plain loss: proximal steps on the multipliers, each a problem of the squared kind."""
    xp = array_namespace(at.residual)
    cap = problems.C[:, None]
    stiffness = 2 * cap
    multiplier = xp.zeros_like(at.residual)
    live = first_rows(len(cap), at.weights)
    for _ in range(MULTIPLIER_STEPS):
        here, local = at.take(live), problems.take(live)
        hard = stiffness[live]
        datafit = Datafit(hard, problems.epsilon, local.mask, cap[live], multiplier[live] / hard)
        rows = first_rows(len(live), at.weights)
        for _ in range(NEWTON_STEPS):
            now, part, some = here.take(rows), datafit.take(rows), local.take(rows)
            _centre(now, part)
            alpha = part.alpha(now.residual)
            multiplier[live[rows]] = alpha
            gradient = now.weights - system.adjoint(alpha, some.split)
            at.sweeps += 1
            gap, objective = _duality_gap(some, now, alpha, gradient)
            now.gap = relative(gap, objective)
            here.put(rows, now)
            error = dot(gradient, gradient) / 2
            # An inexact inner solve costs nothing while the multipliers themselves are further off.
            going = (error > 0.1 * gap) & (error > 0.1 * tolerance * objective)
            keep = rows_where(going)
            if not len(keep):
                break
            rows, now, some = rows[keep], now.take(keep), some.take(keep)
            enough = 0.05 * xp.maximum(gap[keep], tolerance * objective[keep])
            at.sweeps += _newton_step(system, some, part.take(keep), now, gradient[keep], enough)
            here.put(rows, now)
        slow = here.gap > at.gap[live] / 4
        at.put(live, here)
        grow = live[slow]
        stiffness[grow] = xp.minimum(stiffness[grow] * STIFFNESS_GROWTH, STIFFEST * cap[grow])
        live = live[unfinished(here.gap, tolerance)]
        if not len(live):
            break
    return at


def _duality_gap(problems: Regressions, at: Iterate, alpha: Array, gradient: Array) -> tuple[Array, Array]:
    """Duality gap and objective (k,) of the plain loss at multipliers that sum to zero."""
    xp = array_namespace(alpha)
    outside = xp.abs(shrink(at.residual, problems.epsilon)) * problems.mask
    objective = dot(at.weights, at.weights) / 2 + xp.astype(problems.C, xp.float64) * total(outside)
    image = at.weights - gradient
    dual = dot(problems.target, alpha) - problems.epsilon * total(xp.abs(alpha)) - dot(image, image) / 2
    return xp.clip(objective - dual, 0), objective
