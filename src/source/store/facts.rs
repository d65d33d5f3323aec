//! What is known of a block before it is read, for messages about it.

use std::collections::BTreeSet;
use std::fmt;

use super::shape::Shape;
use crate::profile::ProfileType;
use crate::profile::kind::short_names;
use crate::quantity::Window;

/// The id of a block and what is in it; displayed, what is in it.
#[derive(Debug)]
pub struct BlockFacts {
    pub(super) id: String,
    profiles: u64,
    /// Their names.
    types: Vec<String>,
    window: Option<Window>,
}

impl BlockFacts {
    pub(super) fn new(id: &str, shapes: &[Shape]) -> BlockFacts {
        let ids: BTreeSet<&String> = shapes.iter().flat_map(|shape| &shape.types).collect();
        let kinds: Vec<ProfileType> =
            ids.into_iter().filter_map(|id| ProfileType::from_id(id)).collect();
        BlockFacts {
            id: id.to_owned(),
            profiles: shapes.iter().fold(0, |sum, shape| shape.profiles.saturating_add(sum)),
            types: short_names(&kinds),
            window: shapes.iter().map(Shape::window).reduce(Window::union),
        }
    }
}

impl fmt::Display for BlockFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} profiles ({})", self.profiles, self.types.join(", "))?;
        self.window.map_or(Ok(()), |window| write!(f, ", {window}"))
    }
}
