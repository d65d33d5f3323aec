//! What all views share.
//!
//! - `escape`, `short`: names of strangers made safe, and made to fit
//! - `colour`: hues of packages and of change
//! - `grid`: rows and columns, as text and as html; `screen`: where plain text goes
//! - `header`: the line that every result opens with
//! - `axis`: marks on an axis of time; `picture`: a piece of html with its notes

pub(crate) mod axis;
pub(crate) mod colour;
pub(crate) mod escape;
pub(crate) mod grid;
pub(crate) mod header;
pub(crate) mod picture;
pub mod screen;
pub(crate) mod short;
