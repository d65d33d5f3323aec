//! Counts with fractions, kept as whole numbers of a smaller unit.
//!
//! Values are whole numbers everywhere behind the readers. A text with `main 0.4` is counted
//! in `millisamples`, 1000 to a sample, so that nothing is cut. Time and memory need no such
//! unit: theirs are small enough.

use crate::profile::ProfileType;

/// How many parts a sample is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    Milli,
    Micro,
    Nano,
}

impl Part {
    const ALL: [Part; 4] = [Part::Whole, Part::Milli, Part::Micro, Part::Nano];

    /// The largest part that holds every one of these values, or the smallest one in which
    /// none of them is too large.
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Part {
        let (mut part, mut largest) = (0, 0.0_f64);
        for value in values.filter(|value| value.is_finite()) {
            largest = largest.max(value.abs());
            while part + 1 < Part::ALL.len() && !Part::ALL[part].holds(value) {
                part += 1;
            }
        }
        // A sum must fit as well.
        while part > 0 && largest * Part::ALL[part].scale() > 1e17 {
            part -= 1;
        }
        Part::ALL[part]
    }

    fn holds(self, value: f64) -> bool {
        let scaled = value * self.scale();
        // Decimal fractions are not exact in binary.
        (scaled - scaled.round()).abs() <= 1e-9 * scaled.abs().max(1.0)
    }

    /// From a sample to these parts.
    pub(super) fn scale(self) -> f64 {
        match self {
            Part::Whole => 1.0,
            Part::Milli => 1e3,
            Part::Micro => 1e6,
            Part::Nano => 1e9,
        }
    }

    /// The type of samples that are counted in these parts.
    pub(super) fn samples(self) -> ProfileType {
        ProfileType::new("samples", ("samples", self.unit()), ("", ""))
    }

    fn unit(self) -> &'static str {
        match self {
            Part::Whole => "count",
            Part::Milli => "millisamples",
            Part::Micro => "microsamples",
            Part::Nano => "nanosamples",
        }
    }

    /// What the reader of a result must know.
    pub(super) fn remark(self) -> Option<String> {
        let unit = self.unit();
        (self != Part::Whole).then(|| {
            format!("values have fractions and are counted in {unit}, {} to a sample", self.scale())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_holds_every_fraction() {
        for (values, part) in [
            (&[1.0, -7.0, 9e15][..], Part::Whole),
            (&[0.4, 0.3, 1.2], Part::Milli),
            (&[3.0, 0.0625], Part::Micro),
            (&[1.0 / 3.0], Part::Nano),
            // A third of so many is known to a thousandth at best.
            (&[1.0 / 3.0, 1e14], Part::Milli),
            (&[0.5, f64::INFINITY], Part::Milli),
        ] {
            assert_eq!(Part::of(values.iter().copied()), part, "{values:?}");
        }
    }

    #[test]
    fn the_unit_is_said() {
        assert_eq!(Part::Whole.remark(), None);
        let said = "values have fractions and are counted in millisamples, 1000 to a sample";
        assert_eq!(Part::Milli.remark().as_deref(), Some(said));
        assert_eq!(&*Part::Milli.samples().id, "samples:samples:millisamples::");
    }
}
