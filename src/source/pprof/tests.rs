//! Hand-made files.
