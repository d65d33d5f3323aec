//! What all views share.
//!
//! - `escape`, `short`: names made safe, and shortened
//! - `colour`: colours of packages and of changes
//! - `grid`, `columns`: rows and columns, as text and as html
//! - `screen`: where plain text goes; `fit`: texts that fit it
//! - `header`: the line at the top of every result
//! - `axis`: ticks on a time axis; `picture`: a piece of html with its notes

pub(crate) mod axis;
pub(crate) mod colour;
pub(crate) mod columns;
pub(crate) mod escape;
pub(crate) mod fit;
pub(crate) mod grid;
pub(crate) mod header;
pub(crate) mod picture;
pub mod screen;
pub(crate) mod short;
