//! The laws of scalability, fitted by least squares.

use alloc::vec::Vec;

/// Throughput at a concurrency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// How many were at work at once; above 0.
    pub n: f64,
    /// The throughput.
    pub rate: f64,
}

/// X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1)), the Universal Scalability Law
/// (Gunther 1993; Gunther, Puglia, Tomasette 2015); with a kappa of 0 Amdahl's law (1967), whose
/// serial share is sigma.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Law {
    /// Contention: the share that one alone can do at a time.
    pub sigma: f64,
    /// Coherence: what each pair costs.
    pub kappa: f64,
    /// The throughput of one.
    pub lambda: f64,
}

impl Law {
    /// The throughput of so many.
    pub fn rate(&self, n: f64) -> f64 {
        self.lambda * n / self.cost(n)
    }

    fn cost(&self, n: f64) -> f64 {
        1.0 + self.sigma * (n - 1.0) + self.kappa * n * (n - 1.0)
    }

    /// Where the throughput is highest; none where it grows on.
    pub fn peak(&self) -> Option<f64> {
        let at = libm::sqrt((1.0 - self.sigma) / self.kappa);
        (self.kappa > 0.0 && self.sigma < 1.0 && at.is_finite()).then_some(at.max(1.0))
    }

    /// The highest throughput there is; none where it grows on without end.
    pub fn ceiling(&self) -> Option<f64> {
        match self.peak() {
            Some(peak) => Some(self.rate(peak)),
            None if self.sigma > 0.0 => Some(self.lambda / self.sigma),
            None => None,
        }
    }

    /// Where the line of one worker alone would meet the ceiling: from there on more of them
    /// add little (Denning and Buzen 1978: the bounds of a queueing network cross there).
    pub fn knee(&self) -> Option<f64> {
        self.ceiling().map(|ceiling| ceiling / self.lambda).filter(|knee| knee.is_finite())
    }

    /// How the throughput of so many changes with each coefficient that is open.
    fn slopes(&self, n: f64, open: [bool; 3]) -> [f64; 3] {
        let (cost, rate) = (self.cost(n), self.rate(n));
        let mut row = [-rate * (n - 1.0) / cost, -rate * n * (n - 1.0) / cost, n / cost];
        row.iter_mut().zip(open).filter(|(_, open)| !open).for_each(|(cell, _)| *cell = 0.0);
        row
    }

    /// The matrix of the normal equations; a coefficient that is not open has a 1 of its own.
    pub fn normal(&self, points: &[Point], open: [bool; 3]) -> [[f64; 3]; 3] {
        let mut matrix = [[0.0; 3]; 3];
        for point in points {
            let row = self.slopes(point.n, open);
            for at in 0..3 {
                (0..3).for_each(|other| matrix[at][other] += row[at] * row[other]);
            }
        }
        for (at, line) in matrix.iter_mut().enumerate() {
            if line[at] == 0.0 {
                line[at] = 1.0;
            }
        }
        matrix
    }

    /// Their right side.
    fn slope(&self, points: &[Point], open: [bool; 3]) -> [f64; 3] {
        let mut slope = [0.0; 3];
        for point in points {
            let off = point.rate - self.rate(point.n);
            let row = self.slopes(point.n, open);
            slope.iter_mut().zip(row).for_each(|(sum, cell)| *sum += cell * off);
        }
        slope
    }

    /// Sum of the squared errors.
    pub fn error(&self, points: &[Point]) -> f64 {
        points.iter().map(|point| square(point.rate - self.rate(point.n))).sum()
    }
}

/// Which of the two coefficients may be other than 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Free {
    /// Both: the Universal Scalability Law.
    Both,
    /// Contention alone: Amdahl's law.
    Contention,
    /// Coherence alone.
    Coherence,
    /// None: every worker adds the same.
    Neither,
}

impl Free {
    /// Which of sigma, kappa and lambda it leaves open.
    fn open(self) -> [bool; 3] {
        let contention = matches!(self, Free::Both | Free::Contention);
        [contention, matches!(self, Free::Both | Free::Coherence), true]
    }
}

/// Where searches begin: what contention and coherence cost at the greatest concurrency, so that
/// it does not matter whether workers or thousands of users are counted.
const SIGMAS: [f64; 5] = [0.0, 0.1, 1.0, 10.0, 100.0];
const KAPPAS: [f64; 5] = [0.0, 0.01, 0.3, 3.0, 100.0];
/// Steps of a search, at most.
const STEPS: usize = 500;
/// Steps that made nothing better before a search ends.
const TRIES: usize = 40;

/// The law with coefficients of at least 0 that leaves the least sum of squares. Where the best
/// would have one below 0 it is 0 and the others are fitted again, as with the bounds of R's
/// nlxb, which the published fits come from. `None` for fewer than two points with different
/// concurrencies, and where nothing was done.
pub fn fit(points: &[Point], free: Free) -> Option<Law> {
    let good = |point: &&Point| point.n > 0.0 && point.n.is_finite() && point.rate.is_finite();
    let points: Vec<Point> = points.iter().filter(good).copied().collect();
    let first = points.first()?;
    let scale = points.iter().fold(0.0, |most: f64, point| most.max(point.rate));
    let widest = points.iter().fold(0.0, |most: f64, point| most.max(point.n));
    if scale <= 0.0 || points.iter().all(|point| point.n == first.n) {
        return None;
    }
    // in units of the greatest rate, whatever the unit of the file
    let units: Vec<Point> =
        points.iter().map(|point| Point { n: point.n, rate: point.rate / scale }).collect();
    let simpler: &[Free] = match free {
        Free::Both => &[Free::Both, Free::Contention, Free::Coherence, Free::Neither],
        Free::Contention => &[Free::Contention, Free::Neither],
        Free::Coherence => &[Free::Coherence, Free::Neither],
        Free::Neither => &[Free::Neither],
    };
    let best = simpler
        .iter()
        .filter_map(|free| search(&units, *free, widest))
        .min_by(|a, b| a.error(&units).total_cmp(&b.error(&units)))?;
    Some(Law { lambda: best.lambda * scale, ..best })
}

/// The best of several searches that end inside the bounds.
fn search(points: &[Point], free: Free, widest: f64) -> Option<Law> {
    let of = |open: bool, all: &'static [f64]| if open { all } else { &all[..1] };
    let [contention, coherence, _] = free.open();
    let (sigmas, kappas) = (of(contention, &SIGMAS), of(coherence, &KAPPAS));
    let starts = sigmas.iter().flat_map(|sigma| kappas.iter().map(move |kappa| (*sigma, *kappa)));
    let found = starts.filter_map(|(sigma, kappa)| {
        let (sigma, kappa) = (sigma / widest, kappa / (widest * widest));
        let shape = Law { sigma, kappa, lambda: 1.0 };
        let law = improve(points, Law { lambda: best_lambda(points, &shape), ..shape }, free);
        let inside = law.sigma >= 0.0 && law.kappa >= 0.0 && law.lambda > 0.0;
        let whole = law.error(points).is_finite() && law.cost(widest) > 0.0;
        (inside && whole).then_some(law)
    });
    found.min_by(|a, b| a.error(points).total_cmp(&b.error(points)))
}

/// The best lambda for a shape: the law is linear in it.
fn best_lambda(points: &[Point], shape: &Law) -> f64 {
    let (mut both, mut own) = (0.0, 0.0);
    for point in points {
        let unit = shape.rate(point.n);
        both += unit * point.rate;
        own += unit * unit;
    }
    both / own
}

/// Levenberg (1944) and Marquardt (1963), with each coefficient in its own scale.
fn improve(points: &[Point], from: Law, free: Free) -> Law {
    let (mut law, mut error, mut damping) = (from, from.error(points), 1e-3);
    let mut idle = 0;
    for _ in 0..STEPS {
        let (matrix, slope) = (law.normal(points, free.open()), law.slope(points, free.open()));
        let Some(step) = solve(damped(matrix, damping), slope) else {
            damping *= 10.0;
            idle += 1;
            if idle > TRIES {
                break;
            }
            continue;
        };
        let next = Law {
            sigma: law.sigma + step[0],
            kappa: law.kappa + step[1],
            lambda: law.lambda + step[2],
        };
        let after = next.error(points);
        if after <= error && after.is_finite() {
            let small = |step: f64, of: f64| step.abs() <= 1e-14 * (of.abs() + 1e-14);
            let still = small(step[0], law.sigma)
                && small(step[1], law.kappa)
                && small(step[2], law.lambda);
            idle = if after < error { 0 } else { idle + 1 };
            (law, error, damping) = (next, after, (damping / 5.0).max(1e-15));
            if still || idle > 3 {
                break;
            }
        } else {
            damping *= 4.0;
            idle += 1;
            if idle > TRIES {
                break;
            }
        }
    }
    law
}

fn damped(mut matrix: [[f64; 3]; 3], by: f64) -> [[f64; 3]; 3] {
    (0..3).for_each(|at| matrix[at][at] *= 1.0 + by);
    matrix
}

/// Gaussian elimination of rows in their own scale, with the greatest pivot.
fn solve(matrix: [[f64; 3]; 3], right: [f64; 3]) -> Option<[f64; 3]> {
    let unit = [0, 1, 2].map(|at| libm::sqrt(matrix[at][at]));
    let mut rows = [[0.0; 4]; 3];
    for (at, row) in rows.iter_mut().enumerate() {
        for other in 0..3 {
            row[other] = matrix[at][other] / (unit[at] * unit[other]);
        }
        row[3] = right[at] / unit[at];
    }
    for at in 0..3 {
        let greatest = (at..3).max_by(|a, b| rows[*a][at].abs().total_cmp(&rows[*b][at].abs()))?;
        rows.swap(at, greatest);
        let pivot = rows[at];
        if pivot[at].abs() < 1e-300 || !pivot[at].is_finite() {
            return None;
        }
        for (other, row) in rows.iter_mut().enumerate() {
            if other != at {
                let times = row[at] / pivot[at];
                row.iter_mut().zip(pivot).for_each(|(cell, pivot)| *cell -= times * pivot);
            }
        }
    }
    Some([0, 1, 2].map(|at| rows[at][3] / rows[at][at] / unit[at]))
}

fn square(value: f64) -> f64 {
    value * value
}
