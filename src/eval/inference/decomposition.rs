//! Mix and rate: what a change is made of, group by group.
//!
//! A function may take more because there is more traffic where it is called (mix), or
//! because the same work got dearer (rate). E. M. Kitagawa, "Components of a difference
//! between two rates", J. Am. Stat. Assoc. 50 (1955), splits a difference of Σ `t` `r` over
//! groups exactly: mix = Δt r̄ and rate = t̄ Δr, with the means of both sides.
//!
//! Traffic is not recorded, so the work that a group does beside the function stands for it;
//! the function itself cannot, or a function that got dearer would look like more traffic.
//! `r` is then the cost of the function for each unit of other work, its odds. A share s =
//! o / (1 + o) of the odds o changes by Δs = Δo (1 - s₀)(1 - s₁), so that the parts of Δo,
//! times that factor, add up to Δs exactly.

use super::strata::Basis;

/// What is known of one group on one side, in the unit of the mode.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Load {
    /// The value that is explained.
    pub value: f64,
    /// Everything else in the group.
    pub other: f64,
    /// Profiled time, or number of series: the traffic if there is no other work.
    pub exposure: f64,
}

/// The parts of a change that one group is responsible for.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Parts {
    pub mix: f64,
    pub rate: f64,
}

impl Parts {
    pub fn delta(self) -> f64 {
        self.mix + self.rate
    }
}

/// The parts by group; `before` and `after` have the same groups. For shares, they add up to
/// the change of Σ value / Σ (value + other), else to that of Σ value.
pub fn decompose(before: &[Load], after: &[Load], basis: Basis) -> Vec<Parts> {
    let sides = [before, after];
    let traffic = Traffic::of(sides, basis);
    let all = sides.map(|side| side.iter().map(|load| traffic.of_load(load)).sum::<f64>());
    let value = sides.map(|side| side.iter().map(|load| load.value).sum::<f64>());
    let is_share = basis == Basis::Share;
    // From amounts to parts of the traffic, and from odds to shares.
    let scale = all.map(|all| if is_share && all > 0.0 { 1.0 / all } else { 1.0 });
    let factor = match traffic {
        Traffic::Other if is_share => all[0] / (all[0] + value[0]) * (all[1] / (all[1] + value[1])),
        _ => 1.0,
    };
    // More traffic where the function is dearer than on average; parts of traffic add up to
    // the same on both sides, so this changes no sum.
    let average = match is_share && all.iter().all(|all| *all > 0.0) {
        true => f64::midpoint(value[0] * scale[0], value[1] * scale[1]),
        false => 0.0,
    };
    let groups = before.iter().zip(after);
    let parts = groups.map(|(before, after)| {
        let loads = [before, after];
        let parts = [0, 1].map(|side| traffic.of_load(loads[side]) * scale[side]);
        // A group that is on one side only has the cost of that side: all of it is mix.
        let cost = |side: usize| {
            (parts[side] > 0.0).then(|| loads[side].value * scale[side] / parts[side])
        };
        let costs = [cost(0).or(cost(1)), cost(1).or(cost(0))].map(Option::unwrap_or_default);
        let mix = (parts[1] - parts[0]) * (f64::midpoint(costs[0], costs[1]) - average);
        let rate = f64::midpoint(parts[0], parts[1]) * (costs[1] - costs[0]);
        Parts { mix: factor * mix, rate: factor * rate }
    });
    parts.collect()
}

/// What stands for the traffic of a group.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Traffic {
    /// The work beside the function.
    Other,
    /// All work, if the function is most of it, or all that some group does.
    Whole,
    /// Profiled time, for amounts.
    Exposure,
}

impl Traffic {
    fn of(sides: [&[Load]; 2], basis: Basis) -> Traffic {
        let has_other = |load: &Load| load.value == 0.0 || load.other > 0.0;
        // What is most of the work is no small part of its traffic.
        let is_part = |side: &[Load]| {
            let sum = |of: fn(&Load) -> f64| side.iter().map(of).sum::<f64>();
            sum(|load| load.value) <= sum(|load| load.other)
        };
        match sides.iter().all(|side| side.iter().all(has_other) && is_part(side)) {
            true => Traffic::Other,
            false if basis == Basis::Share => Traffic::Whole,
            false => Traffic::Exposure,
        }
    }

    fn of_load(self, load: &Load) -> f64 {
        match self {
            Traffic::Other => load.other,
            Traffic::Whole => load.value + load.other,
            Traffic::Exposure => load.exposure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load((value, other): (f64, f64)) -> Load {
        Load { value, other, exposure: 1.0 }
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }

    /// Sides of groups, and the change that their parts must add up to.
    fn check(before: &[(f64, f64)], after: &[(f64, f64)], basis: Basis) -> Vec<Parts> {
        let sides = [before, after].map(|side| side.iter().copied().map(load).collect::<Vec<_>>());
        let total = |side: &[Load]| {
            let value: f64 = side.iter().map(|load| load.value).sum();
            let whole: f64 = side.iter().map(|load| load.value + load.other).sum();
            if basis == Basis::Share { value / whole } else { value }
        };
        let parts = decompose(&sides[0], &sides[1], basis);
        let sum: f64 = parts.iter().map(|part| part.delta()).sum();
        close(sum, total(&sides[1]) - total(&sides[0]));
        parts
    }

    #[test]
    fn amounts_split_by_hand() {
        // Group 1: 10 of f beside 40, then 10 beside 40 times 1.5 in traffic alone: Δt 20, at
        // 0.25 each. Group 2: 20 beside 80, then 60 beside 80: 80 times Δr of 0.5.
        let parts =
            check(&[(10.0, 40.0), (20.0, 80.0)], &[(15.0, 60.0), (60.0, 80.0)], Basis::Amount);
        close(parts[0].mix, 5.0);
        close(parts[0].rate, 0.0);
        close(parts[1].mix, 0.0);
        close(parts[1].rate, 40.0);
    }

    #[test]
    fn a_dearer_function_is_no_traffic_and_traffic_is_no_dearer_function() {
        // One of two endpoints: 20 beside 80, then 60 beside 80; the other one has none.
        let parts =
            check(&[(20.0, 80.0), (0.0, 100.0)], &[(60.0, 80.0), (0.0, 100.0)], Basis::Share);
        close(parts[0].mix, 0.0);
        // From 10 % to 60 / 240.
        close(parts[0].rate, 0.15);
        assert_eq!(parts[1], Parts::default());
        // Twice the traffic of the endpoint: 40 beside 160. From 10 % to 40 / 300.
        let parts =
            check(&[(20.0, 80.0), (0.0, 100.0)], &[(40.0, 160.0), (0.0, 100.0)], Basis::Share);
        close(parts[0].rate, 0.0);
        close(parts[1].rate, 0.0);
        close(parts[0].mix + parts[1].mix, 40.0 / 300.0 - 0.1);
        // More where it is dear, less where it is cheap: both add to it.
        assert!(parts[0].mix > 0.0 && parts[1].mix > 0.0, "{parts:?}");
    }

    #[test]
    fn parts_add_up_where_groups_come_go_and_do_nothing_else() {
        let (none, all) = ((0.0, 0.0), (7.0, 0.0));
        for basis in [Basis::Share, Basis::Amount] {
            check(&[(3.0, 9.0), none, (1.0, 2.0)], &[none, (5.0, 6.0), (2.0, 2.0)], basis);
            check(&[all, (1.0, 9.0)], &[(9.0, 1.0), (2.0, 9.0)], basis);
            check(&[(0.0, 4.0)], &[(3.0, 4.0)], basis);
            check(&[(3.0, 4.0), (0.0, 5.0)], &[(0.0, 4.0), none], basis);
        }
        // A group that came is mix.
        let parts = check(&[none, (4.0, 4.0)], &[(5.0, 5.0), (4.0, 4.0)], Basis::Amount);
        assert_eq!(parts, [Parts { mix: 5.0, rate: 0.0 }, Parts::default()]);
        // Most of the work: the rest of it is no traffic.
        let side = |value, other| [Load { value, other, exposure: 1.0 }];
        let parts = decompose(&side(90.0, 2.0), &side(60.0, 1.0), Basis::Amount);
        assert_eq!(parts, [Parts { mix: 0.0, rate: -30.0 }]);
        // All of the work: twice as many series, each with the same.
        let side = |value, exposure| [Load { value, other: 0.0, exposure }];
        let parts = decompose(&side(10.0, 1.0), &side(20.0, 2.0), Basis::Amount);
        assert_eq!(parts, [Parts { mix: 10.0, rate: 0.0 }]);
        let parts = decompose(&side(10.0, 1.0), &side(20.0, 1.0), Basis::Amount);
        assert_eq!(parts, [Parts { mix: 0.0, rate: 10.0 }]);
    }
}
