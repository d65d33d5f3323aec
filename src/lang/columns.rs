//! The columns of tables: one vocabulary for what is printed, typed and saved.
//!
//! A name means the same in every table, and is a word, so that `sort`, `where`, `select`,
//! `extend` and `top N by` take it without quotes. `verbs` says which verb makes which
//! columns; `eval::tables` fills them in. Other columns have the name of a label.

use ColumnUnit::{Nanoseconds, NoUnit, OfMode, OfType, Percent};

/// A column that a verb makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub unit: ColumnUnit,
}

impl AsRef<str> for Column {
    fn as_ref(&self) -> &str {
        self.name
    }
}

/// The unit of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnUnit {
    NoUnit,
    /// The unit of the profile type.
    OfType,
    /// That of a diff's mode: percentage points in shares, else that of the profile type.
    OfMode,
    Percent,
    Nanoseconds,
}

const fn column(name: &'static str, unit: ColumnUnit) -> Column {
    Column { name, unit }
}

// Functions.
pub const FUNCTION: Column = column("function", NoUnit);
pub const PACKAGE: Column = column("package", NoUnit);
pub const FILE: Column = column("file", NoUnit);
pub const SELF: Column = column("self", OfType);
pub const TOTAL: Column = column("total", OfType);
/// Self and total in percent of the selection before stack filters.
pub const SELF_SHARE: Column = column("self_share", Percent);
pub const TOTAL_SHARE: Column = column("total_share", Percent);
/// Half of the 95 % interval of these shares, in percentage points; unknown if nothing
/// replicates.
pub const SELF_MARGIN: Column = column("self_margin", Percent);
pub const TOTAL_MARGIN: Column = column("total_margin", Percent);
/// Total in percent of what stack filters kept.
pub const KEPT_SHARE: Column = column("kept_share", Percent);

// Changes of functions: those without a prefix are of self.
pub const BEFORE: Column = column("before", OfMode);
pub const AFTER: Column = column("after", OfMode);
pub const DELTA: Column = column("delta", OfMode);
pub const SE: Column = column("se", OfMode);
/// The change as recorded, beside a change in shares.
pub const DELTA_AMOUNT: Column = column("delta_amount", OfType);
/// The change in shares, beside a change in amounts or rates.
pub const DELTA_SHARE: Column = column("delta_share", Percent);
pub const GROWTH: Column = column("growth", Percent);
/// `new`, `removed`, `share only` or nothing.
pub const CHANGE: Column = column("change", NoUnit);
pub const TOTAL_DELTA: Column = column("total_delta", OfMode);
pub const TOTAL_BEFORE: Column = column("total_before", OfMode);
pub const TOTAL_AFTER: Column = column("total_after", OfMode);
pub const TOTAL_GROWTH: Column = column("total_growth", Percent);
/// The change of total in shares, in any mode.
pub const TOTAL_DELTA_SHARE: Column = column("total_delta_share", Percent);
/// The change divided by its standard error, the probability of such a change by chance, the
/// degrees of freedom, and the ends of the 95 % interval.
pub const Z: Column = column("z", NoUnit);
pub const P: Column = column("p", NoUnit);
pub const DF: Column = column("df", NoUnit);
pub const LOW: Column = column("low", OfMode);
pub const HIGH: Column = column("high", OfMode);
pub const TOTAL_SE: Column = column("total_se", OfMode);
pub const TOTAL_Z: Column = column("total_z", NoUnit);
pub const TOTAL_P: Column = column("total_p", NoUnit);
pub const TOTAL_DF: Column = column("total_df", NoUnit);
pub const TOTAL_LOW: Column = column("total_low", OfMode);
pub const TOTAL_HIGH: Column = column("total_high", OfMode);
/// Whether self or total changed significantly, then each alone.
pub const SIGNIFICANT: Column = column("significant", NoUnit);
pub const SELF_SIGNIFICANT: Column = column("self_significant", NoUnit);
pub const TOTAL_SIGNIFICANT: Column = column("total_significant", NoUnit);
/// Whether nothing but the share changed significantly, because other functions did.
pub const SHARE_ONLY: Column = column("share_only", NoUnit);

// Causes of a change, with `DELTA`, `LOW`, `HIGH`, `BEFORE`, `AFTER`, `CHANGE` and `P`.
/// The part of all growth; of all shrinkage, with a minus.
pub const OF_CHANGE: Column = column("of_change", Percent);
pub const OF_CHANGE_LOW: Column = column("of_change_low", Percent);
pub const OF_CHANGE_HIGH: Column = column("of_change_high", Percent);
/// What more traffic where it is dear brings, and what the same work costs more.
pub const MIX: Column = column("mix", OfMode);
pub const MIX_LOW: Column = column("mix_low", OfMode);
pub const MIX_HIGH: Column = column("mix_high", OfMode);
pub const RATE: Column = column("rate", OfMode);
pub const RATE_LOW: Column = column("rate_low", OfMode);
pub const RATE_HIGH: Column = column("rate_high", OfMode);
/// The caller that a cause is below, and other functions that changed with it.
pub const BELOW: Column = column("below", NoUnit);
pub const BESIDE: Column = column("beside", NoUnit);
/// How far it moved away from the rest, between 0 and ln 2.
pub const SURPRISE: Column = column("surprise", NoUnit);

// Trends of functions, with `LOW`, `HIGH` and `P`.
/// The slope, in the unit of the value by hour.
pub const PER_HOUR: Column = column("per_hour", OfType);
/// The only series with a trend, if not all have it.
pub const ONLY_IN: Column = column("only_in", NoUnit);
/// The slope in percent of that of all functions together.
pub const OF_GROWTH: Column = column("of_growth", Percent);
pub const FIRST_VALUE: Column = column("first_value", OfType);
pub const LAST_VALUE: Column = column("last_value", OfType);
// Changes of a level over time, with `BEFORE`, `AFTER`, `DELTA`, `GROWTH` and `P`.
/// The ends of the 95 % interval of the time of a change.
pub const EARLIEST: Column = column("earliest", NoUnit);
pub const LATEST: Column = column("latest", NoUnit);
/// How long a change lasted that went away.
pub const LASTED: Column = column("lasted", NoUnit);

// Values of a label, judged by `bisect`.
/// The difference from the value above.
pub const STEP: Column = column("step", OfType);
/// The probability that a value brought the change.
pub const CULPRIT: Column = column("culprit", Percent);

// Groups and label values.
/// Half of the 95 % interval of the total; unknown if nothing replicates.
pub const MARGIN: Column = column("margin", OfType);
pub const SHARE: Column = column("share", Percent);
pub const MEAN: Column = column("mean", OfType);
pub const STD_DEV: Column = column("std_dev", OfType);
pub const MAX: Column = column("max", OfType);
pub const PROFILES: Column = column("profiles", NoUnit);
pub const POINTS: Column = column("points", NoUnit);
pub const FIRST_SEEN: Column = column("first_seen", NoUnit);
pub const LAST_SEEN: Column = column("last_seen", NoUnit);

// What a source holds.
pub const TYPE: Column = column("type", NoUnit);
pub const UNIT: Column = column("unit", NoUnit);
pub const OVER_TIME: Column = column("over_time", NoUnit);
pub const SERIES: Column = column("series", NoUnit);
pub const FIRST: Column = column("first", NoUnit);
pub const LAST: Column = column("last", NoUnit);
pub const ID: Column = column("id", NoUnit);
pub const LABEL: Column = column("label", NoUnit);
pub const VALUES: Column = column("values", NoUnit);
pub const COVERAGE: Column = column("coverage", Percent);
pub const OF: Column = column("of", NoUnit);
pub const EXAMPLES: Column = column("examples", NoUnit);
pub const TIME: Column = column("time", NoUnit);
pub const DURATION: Column = column("duration", Nanoseconds);
pub const SAMPLES: Column = column("samples", NoUnit);
pub const PROPERTY: Column = column("property", NoUnit);
pub const VALUE: Column = column("value", NoUnit);

/// Half of an interval, and the column that a view writes it behind: `11.10% ±0.82`.
pub const MARGINS: [(Column, Column); 3] =
    [(SELF_SHARE, SELF_MARGIN), (TOTAL_SHARE, TOTAL_MARGIN), (TOTAL, MARGIN)];

/// The columns of a diff that a view hides unless they are selected come after `FUNCTION`.
/// [`DELTA_AMOUNT`] is [`DELTA_SHARE`] unless the mode is `share`.
pub const CHANGES: [Column; 28] = [
    BEFORE,
    AFTER,
    DELTA,
    LOW,
    HIGH,
    CHANGE,
    TOTAL_BEFORE,
    TOTAL_AFTER,
    TOTAL_DELTA,
    TOTAL_LOW,
    TOTAL_HIGH,
    FUNCTION,
    DELTA_AMOUNT,
    GROWTH,
    TOTAL_GROWTH,
    TOTAL_DELTA_SHARE,
    SE,
    Z,
    P,
    DF,
    TOTAL_SE,
    TOTAL_Z,
    TOTAL_P,
    TOTAL_DF,
    SIGNIFICANT,
    SELF_SIGNIFICANT,
    TOTAL_SIGNIFICANT,
    SHARE_ONLY,
];

/// In the table of a diff, `self` and `total` mean their changes.
pub fn of_change(name: &str) -> Option<&'static str> {
    match name {
        "self" => Some(DELTA.name),
        "total" => Some(TOTAL_DELTA.name),
        _ => None,
    }
}

/// A word for the column that an older or another tool's name means: `total delta`, `self %`.
pub fn as_word(name: &str) -> String {
    let name = name.replace("% of kept", "kept_share").replace('%', "share");
    name.trim().replace([' ', '-', '.'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::parse;
    use crate::lang::verbs;

    #[test]
    fn every_column_can_be_typed_without_quotes() {
        let made = verbs::all().flat_map(|spec| spec.columns.figures);
        for name in made.chain(&CHANGES).chain([&KEPT_SHARE, &DELTA_SHARE, &POINTS]) {
            let name = name.name;
            let code = format!(
                "types | sort {name} desc | where {name} != 1 | extend {name} = {name} | select \
                 {name}, {name}\ncpu | top 5 by {name}"
            );
            let (_, found) = parse(&code);
            assert!(found.is_empty(), "{name}: {found:?}");
            assert_eq!(as_word(name), name);
        }
        assert_eq!(["self %", "total delta"].map(as_word), ["self_share", "total_delta"]);
    }
}
