//! Polars frames, as a block uses them: columns, borrowed as slices.

use polars_core::prelude::{Column, DataFrame, PolarsError};

use super::error::{Inconsistent, StoreError};

/// A frame of columns that have one length.
pub(super) fn frame(columns: Vec<Column>) -> Result<DataFrame, StoreError> {
    DataFrame::new_infer_height(columns).map_err(|error| StoreError::Encoding(error.to_string()))
}

pub(super) fn numbers<'f>(frame: &'f DataFrame, name: &str) -> Result<&'f [u32], Inconsistent> {
    frame.column(name).and_then(|c| c.u32()).and_then(|c| c.cont_slice()).map_err(|e| odd(&e))
}

pub(super) fn wide_numbers<'f>(
    frame: &'f DataFrame,
    name: &str,
) -> Result<&'f [u64], Inconsistent> {
    frame.column(name).and_then(|c| c.u64()).and_then(|c| c.cont_slice()).map_err(|e| odd(&e))
}

pub(super) fn values<'f>(frame: &'f DataFrame, name: &str) -> Result<&'f [i64], Inconsistent> {
    frame.column(name).and_then(|c| c.i64()).and_then(|c| c.cont_slice()).map_err(|e| odd(&e))
}

/// The values of a column, moved out of the frame without a copy if possible.
pub(super) fn into_values(frame: DataFrame, name: &str) -> Result<Vec<i64>, Inconsistent> {
    let column = frame.column(name).and_then(|c| c.i64()).map_err(|e| odd(&e))?.clone();
    drop(frame);
    let only = match column.downcast_iter().count() {
        1 => column.downcast_iter().next().map(|chunk| chunk.values().clone()),
        _ => None,
    };
    let Some(values) = only else { return Ok(column.into_no_null_iter().collect()) };
    drop(column);
    Ok(values.into_mut().either(|shared| shared.to_vec(), |own| own))
}

pub(super) fn texts<'f>(
    frame: &'f DataFrame,
    name: &str,
) -> Result<impl Iterator<Item = &'f str>, Inconsistent> {
    let column = frame.column(name).and_then(|c| c.str()).map_err(|e| odd(&e))?;
    Ok(column.iter().map(Option::unwrap_or_default))
}

pub(super) fn booleans<'f>(
    frame: &'f DataFrame,
    name: &str,
) -> Result<impl Iterator<Item = bool> + 'f, Inconsistent> {
    Ok(maybe_booleans(frame, name)?.map(Option::unwrap_or_default))
}

/// A column that may have empty rows; only booleans may.
pub(super) fn maybe_booleans<'f>(
    frame: &'f DataFrame,
    name: &str,
) -> Result<impl Iterator<Item = Option<bool>> + 'f, Inconsistent> {
    let column = frame.column(name).and_then(|c| c.bool()).map_err(|e| odd(&e))?;
    Ok(column.iter())
}

fn odd(error: &PolarsError) -> Inconsistent {
    Inconsistent::new(error.to_string())
}
