//! The layers of files that hold several: which there are, and how each is read.

use crate::io::{ReadError, ReadOptions, is_layer_folder, layers_of};
use crate::model::ReadAs;
use std::path::{Path, PathBuf};

/// A layer to be read: its file, and which of its layers.
pub(super) type Member = (PathBuf, ReadAs);

/// True for a folder of files, false for a file and for a folder that is one format (`x.gdb`).
pub(super) fn is_folder(path: &Path) -> bool {
    path.is_dir() && !is_layer_folder(path)
}

/// Every layer of files, in their order; files whose layers cannot be told are named.
pub(super) fn members_of(files: Vec<PathBuf>, options: &ReadOptions) -> (Vec<Member>, Vec<(PathBuf, ReadError)>) {
    let (mut members, mut failed) = (Vec::new(), Vec::new());
    for file in files {
        if options.layer.is_some() {
            members.push((file, ReadAs::default()));
            continue;
        }
        match layers_of(&file, options) {
            Ok(layers) if layers.len() < 2 => members.push((file, ReadAs::default())),
            Ok(layers) => members.extend(layers.into_iter().map(|layer| {
                let read_as = ReadAs { layer: Some(layer.name), ..ReadAs::default() };
                (file.clone(), read_as)
            })),
            Err(e) => failed.push((file, e)),
        }
    }
    (members, failed)
}

/// The tables of a shared store that are layers, the names of those that have no positions, and why there is nothing.
pub(super) fn tables_of(url: &Path, options: &ReadOptions) -> (Vec<Member>, Vec<String>, Option<ReadError>) {
    let layers = match &options.layer {
        // One that was named is read whatever it is.
        Some(_) => return (vec![(url.to_owned(), ReadAs::default())], Vec::new(), None),
        None => match layers_of(url, options) {
            Ok(layers) => layers,
            Err(e) => return (Vec::new(), Vec::new(), Some(e)),
        },
    };
    let is_one = layers.len() == 1;
    let (layers, others): (Vec<_>, Vec<_>) = layers.into_iter().partition(|info| is_one || !info.is_table);
    let read_as = |layer| ReadAs { layer: Some(layer), ..ReadAs::default() };
    let layers = layers.into_iter().map(|info| (url.to_owned(), read_as(info.name)));
    (layers.collect(), others.into_iter().map(|info| info.name).collect(), None)
}
