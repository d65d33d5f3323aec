//! The grammar, by example.

use super::*;



