//! One colour per package, the same in every cell and every picture.
//!
//! Hues are chosen in OKLCH, a colour space in which equal lightness looks equal. So
//! black text is readable on every fill, and the fills stand out on a white page and on a
//! dark one. The runtime and the kernel are almost grey, so that the reader's own code
//! stands out.

use crate::profile::frame::package_of;

/// Red, green and blue from 0 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Colour(pub(crate) u8, pub(crate) u8, pub(crate) u8);

/// As CSS and SVG write it: `#e8a060`.
impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// The colour of `(other)` boxes and of the root.
pub(crate) const GREY: Colour = Colour(0xb8, 0xb8, 0xb8);

/// Colours of chart lines that colour-blind readers can distinguish (Okabe and Ito's
/// palette without black and yellow, which are invisible on a dark or a white page).
pub(crate) const LINES: [Colour; 6] = [
    Colour(0x2f, 0x88, 0xc9),
    Colour(0xe6, 0x9f, 0x00),
    Colour(0x00, 0x9e, 0x73),
    Colour(0xd5, 0x5e, 0x00),
    Colour(0xcc, 0x79, 0xa7),
    Colour(0x8c, 0x8c, 0x8c),
];

/// The fill of a function. Its package gives the hue, its name a small difference in
/// lightness, so that neighbours from one package can be distinguished.
pub(crate) fn fill(function: &str) -> Colour {
    if function == "(other)" {
        return GREY;
    }
    let package = package_of(function);
    let hue = (hash(package) % 360) as f64;
    let lightness = 0.76 + (hash(function) % 9) as f64 * 0.01;
    let chroma = if is_runtime(function, package) { 0.03 } else { 0.115 };
    from_oklch(lightness, chroma, hue)
}

/// The fill of a change: blue for -1 (removed), grey for 0, red for 1 (at least doubled,
/// or new). Readers who confuse red and green can distinguish them, and a change is
/// always marked by text too.
pub(crate) fn tint(change: f64) -> Colour {
    const SAME: f64 = 198.0;
    let end = if change < 0.0 { [92.0, 160.0, 242.0] } else { [245.0, 110.0, 92.0] };
    let part = change.abs().min(1.0);
    // The viewer's `tinted` computes the same.
    let [r, g, b] = end.map(|end: f64| (SAME + (end - SAME) * part).round() as u8);
    Colour(r, g, b)
}

/// A heat map cell in an image: from almost white (0) to dark (1), in one hue.
pub(crate) fn heat(share: f64) -> Colour {
    let share = share.clamp(0.0, 1.0);
    from_oklch(0.95 - 0.55 * share, 0.02 + 0.11 * share, 30.0)
}

/// A heat map cell on a page, for light and dark themes: low values are transparent, and
/// the hue goes from yellow to red. As a CSS colour with opacity: `#c98a2e40`.
pub(crate) fn glow(share: f64) -> String {
    let share = share.clamp(0.0, 1.0);
    let fill = from_oklch(0.78 - 0.18 * share, 0.11 + 0.06 * share, 85.0 - 58.0 * share);
    format!("{fill}{:02x}", (255.0 * (0.12 + 0.88 * share)).round() as u8)
}

/// Whether the code belongs to the language's runtime or the system.
fn is_runtime(function: &str, package: &str) -> bool {
    package == "runtime"
        || package.starts_with("runtime/")
        || package.starts_with("internal/runtime")
        || package.is_empty() && (function.starts_with('[') || function.starts_with("__"))
}

/// FNV-1a: the same on every version and machine, which std's hashes do not promise.
fn hash(text: &str) -> u32 {
    let mixed = text
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    // Mixing, because the low bits of similar short names hardly differ.
    (mixed ^ (mixed >> 15)).wrapping_mul(0x2c1b_3c6d) >> 8
}

/// Björn Ottosson's OKLab (<https://bottosson.github.io/posts/oklab/>), clipped to sRGB.
fn from_oklch(lightness: f64, chroma: f64, hue: f64) -> Colour {
    let (sin, cos) = hue.to_radians().sin_cos();
    let (a, b) = (chroma * cos, chroma * sin);
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    Colour(
        gamma(4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s),
        gamma(-1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s),
        gamma(-0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s),
    )
}

/// A linear channel as a byte of sRGB.
fn gamma(linear: f64) -> u8 {
    let linear = linear.clamp(0.0, 1.0);
    let encoded =
        if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
    (encoded * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG's relative luminance.
    fn luminance(colour: Colour) -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(colour.0) + 0.7152 * linear(colour.1) + 0.0722 * linear(colour.2)
    }

    #[test]
    fn oklch_of_the_ends_is_black_and_white() {
        assert_eq!(from_oklch(0.0, 0.0, 0.0), Colour(0, 0, 0));
        assert_eq!(from_oklch(1.0, 0.0, 0.0), Colour(255, 255, 255));
    }

    #[test]
    fn black_text_has_the_contrast_that_wcag_calls_enhanced_on_every_fill() {
        for package in 0..2000 {
            let fill = fill(&format!("package{package}.Function{package}"));
            let contrast = (luminance(fill) + 0.05) / 0.05;
            assert!(contrast >= 7.0, "{fill} has {contrast}");
        }
    }

    #[test]
    fn changes_go_from_blue_over_grey_to_red_under_readable_text() {
        for step in -100..=100 {
            let fill = tint(f64::from(step) / 100.0);
            let contrast = (luminance(fill) + 0.05) / 0.05;
            assert!(contrast >= 7.0, "{fill} has {contrast}");
        }
        let Colour(r, g, b) = tint(-1.0);
        assert!(r < g && g < b);
        let Colour(r, g, b) = tint(1.0);
        assert!(b < r && g < r);
        let Colour(r, g, b) = tint(0.0);
        assert!(r == g && g == b);
    }

    #[test]
    fn a_package_has_one_hue_and_the_runtime_is_nearly_grey() {
        let spread = |Colour(r, g, b): Colour| r.max(g).max(b) - r.min(g).min(b);
        assert!(spread(fill("runtime.mallocgc")) < 45);
        assert!(spread(fill("encoding/json.Marshal")) > 60);
    }
}
